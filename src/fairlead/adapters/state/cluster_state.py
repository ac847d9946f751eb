"""The record in the target cluster: Secrets in `fairlead-system`.

- one *head* per project and environment, swapped by resourceVersion;
- one immutable Secret per (component, content), named by its content;
- one immutable Secret per ended run, whose summary is an annotation so that `history` is one metadata LIST;
- one HMAC key.

Content is gzip over JSON. A Secret holds 1 MiB at most: a component record above 900 KiB is split over several.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import secrets
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

import orjson

from fairlead.adapters.state.head_encoding import HeadEncoder
from fairlead.adapters.state.names import (
    ENVIRONMENT_LABEL,
    PROJECT_LABEL,
    RECORD_LABEL,
    SUMMARY_ANNOTATION,
    SYSTEM_NAMESPACE,
    record_name,
)
from fairlead.formats.codec import from_json, to_json
from fairlead.formats.json_data import dig
from fairlead.model.errors import InputError, Refused, Unavailable
from fairlead.model.neighbours import Neighbours, neighbours_of
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef
from fairlead.model.plan import Plan
from fairlead.model.record import SCHEMA, ComponentRecord, Head, records_of, runs_of_kept_bundles, runs_to_keep
from fairlead.model.run import Run, RunSummary, summary_of
from fairlead.ports import Cluster

CHUNK_BYTES = 900 * 1024
LIST_FROM = 4
"""So many records are cheaper by one LIST of all that the environment has, older ones too."""

T = TypeVar("T")


class ClusterState:
    """`EnvironmentState` on a `Cluster`."""

    def __init__(self, cluster: Cluster, *, project: str, environment: str) -> None:
        self._cluster = cluster
        self._project = project
        self._environment = environment
        self._version: str | None = None
        self._heads = HeadEncoder()

    async def prepare(self) -> None:
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SYSTEM_NAMESPACE}}
        if not await self.has_place():
            _require(await self._cluster.create(namespace), also=409)

    async def has_place(self) -> bool:
        return await self._cluster.get(ObjectRef(kind="Namespace", name=SYSTEM_NAMESPACE)) is not None

    async def head(self) -> Head | None:
        found = await self._read(self._name("head"))
        self._version = found["metadata"]["resourceVersion"] if found else None
        return None if found is None else _decode(found, Head)

    async def swap_head(self, head: Head) -> None:
        secret = self._secret(self._name("head"), "head", self._heads.encode(head))
        if self._version is None:
            result = await self._cluster.create(secret)
        else:
            secret["metadata"]["resourceVersion"] = self._version
            result = await self._cluster.replace(secret)
        written = await self._own_earlier_try(secret) if result.status == 409 else _require(result)
        self._version = written["metadata"]["resourceVersion"]

    async def _own_earlier_try(self, secret: Manifest) -> Manifest:
        """The head, if it is what we just tried to write: an earlier try of the request was carried out, and only its
        answer was lost. Raises Refused where somebody else wrote it."""
        found = await self._read(secret["metadata"]["name"])
        if found is None or found["data"] != secret["data"]:
            raise Refused(
                f"the record of {self._environment} was changed by another run",
                hint="see `fairlead status`, then deploy again",
            )
        return found

    async def components(self, secrets: Collection[str]) -> dict[str, ComponentRecord]:
        return await self._components(secrets, labels=self._labels("component"))

    async def _components(self, names: Collection[str], *, labels: Mapping[str, str]) -> dict[str, ComponentRecord]:
        """Those of *names* that are there. *labels* are on all of them."""
        found = await self._secrets(names, labels=labels)
        return {
            name: _decode(await self._whole(found[name], found), ComponentRecord) for name in names if name in found
        }

    async def _secrets(self, names: Collection[str], *, labels: Mapping[str, str]) -> dict[str, Manifest]:
        """By name, with others of *labels* where one LIST is cheaper than a request for each."""
        if len(names) >= LIST_FROM:
            listed = await self._cluster.list_objects(
                group="", kind="Secret", namespace=SYSTEM_NAMESPACE, labels=labels
            )
        else:
            listed = [found for name in names if (found := await self._read(name)) is not None]
        return {each["metadata"]["name"]: each for each in listed}

    async def store_component(self, record: ComponentRecord) -> str:
        content = _pack(to_json(record))
        name = self._name("c", record.component, hashlib.sha256(content).hexdigest()[:16])
        await self._store_chunks(name, "component", content)
        return name

    async def _store_chunks(self, name: str, kind: str, content: bytes) -> None:
        """Immutable Secrets, the first one last: who finds it finds all of them."""
        chunks = [content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES)]
        for number, chunk in reversed(list(enumerate(chunks))):
            secret = self._envelope(name if number == 0 else f"{name}-{number}", kind, chunk)
            secret["immutable"] = True
            secret["metadata"]["annotations"] = {"fairlead.dev/chunks": str(len(chunks))}
            _require(await self._cluster.create(secret), also=409)

    async def store_plan(self, run_id: str, plan: Plan) -> None:
        await self._store_chunks(self._name("plan", run_id), "plan", _pack(to_json(plan)))

    async def archive_run(self, run: Run) -> None:
        secret = self._secret(self._name("run", run.id), "run", to_json(run))
        summary = orjson.dumps(to_json(summary_of(run))).decode()
        secret["metadata"]["annotations"] = {SUMMARY_ANNOTATION: summary}
        result = await self._cluster.create(secret)
        if result.status == 409:
            result = await self._cluster.replace(secret)
        _require(result)

    async def runs(self) -> tuple[RunSummary, ...]:
        found = await self._cluster.list_metadata(
            group="", kind="Secret", namespace=SYSTEM_NAMESPACE, labels=self._labels("run")
        )
        texts = (item["metadata"].get("annotations", {}).get(SUMMARY_ANNOTATION) for item in found)
        summaries = [from_json(RunSummary, orjson.loads(text)) for text in texts if text]
        return tuple(sorted(summaries, key=lambda s: s.started, reverse=True))

    async def run(self, run_id: str) -> Run | None:
        found = await self._read(self._name("run", run_id))
        return None if found is None else _decode(found, Run)

    async def collect_garbage(self, head: Head) -> None:
        runs = await self.runs()
        good = runs_of_kept_bundles(runs)
        kept = runs_to_keep(runs)
        for summary in runs:
            if summary.id not in kept:
                await self._cluster.delete(self._ref(self._name("run", summary.id)))
        kept |= {head.run.id} if head.run else set()
        await self._delete_all("plan", but={self._name("plan", run_id) for run_id in kept})
        await self._collect_records(head, good)

    async def _collect_records(self, head: Head, good: Collection[str]) -> None:
        """Delete the records that neither *head* nor one of the *good* runs names."""
        secrets = await asyncio.gather(*(self._read(self._name("run", run_id)) for run_id in good))
        older = (_records_in(secret) for secret in secrets if secret is not None)
        await self._delete_all("component", but=records_of(head).union(*older))

    async def key(self, *, make: bool) -> bytes:
        name = self._name("key")
        found = await self._read(name)
        if found is None and not make:
            return secrets.token_bytes(32)
        if found is None:
            fresh = self._envelope(name, "key", secrets.token_bytes(32))
            _require(await self._cluster.create(fresh), also=409)
            found = await self._read(name)
        if found is None:
            raise Unavailable(f"the record's key Secret {SYSTEM_NAMESPACE}/{name} cannot be read")
        return base64.b64decode(found["data"]["content"])

    async def neighbours(self) -> Neighbours:
        found = await self._cluster.list_metadata(
            group="", kind="Secret", namespace=SYSTEM_NAMESPACE, labels={RECORD_LABEL: "head"}
        )
        others = [item["metadata"] for item in found if item["metadata"]["name"] != self._name("head")]
        held = await asyncio.gather(*(self._records_of(metadata) for metadata in others))
        return neighbours_of(entry for of_one in held for entry in of_one)

    async def _records_of(self, metadata: Mapping[str, Any]) -> list[tuple[str, str, ComponentRecord]]:
        """All records of the head that *metadata* is of, with the project and the environment."""
        secret = await self._read(metadata["name"])
        if secret is None:
            return []
        labels = metadata["labels"]
        names = _decode(secret, Head).components.values()
        found = await self._components(names, labels={**labels, RECORD_LABEL: "component"})
        return [(labels[PROJECT_LABEL], labels[ENVIRONMENT_LABEL], record) for record in found.values()]

    async def _delete_all(self, kind: str, *, but: Collection[str]) -> None:
        """Delete the Secrets of *kind* but those named, and the further chunks of those."""
        found = await self._cluster.list_metadata(
            group="", kind="Secret", namespace=SYSTEM_NAMESPACE, labels=self._labels(kind)
        )
        for metadata in (item["metadata"] for item in found):
            name = metadata["name"]
            if name not in but and name.rpartition("-")[0] not in but:
                await self._cluster.delete(self._ref(name), uid=metadata["uid"])

    async def _read(self, name: str) -> Manifest | None:
        return await self._cluster.get(self._ref(name))

    async def _whole(self, first: Manifest, known: Mapping[str, Manifest]) -> Manifest:
        """*first* with the content of all its chunks, which may be among the *known* Secrets."""
        count = int(first["metadata"].get("annotations", {}).get("fairlead.dev/chunks", "1"))
        content = base64.b64decode(first["data"]["content"])
        for number in range(1, count):
            name = f"{first['metadata']['name']}-{number}"
            chunk = known.get(name) or await self._read(name)
            if chunk is None:
                raise Unavailable(f"a part of the record {first['metadata']['name']} is missing")
            content += base64.b64decode(chunk["data"]["content"])
        return {**first, "data": {"content": base64.b64encode(content).decode()}}

    def _name(self, *parts: str) -> str:
        return record_name(self._project, self._environment, *parts)

    def _ref(self, name: str) -> ObjectRef:
        return ObjectRef(kind="Secret", namespace=SYSTEM_NAMESPACE, name=name)

    def _labels(self, kind: str) -> dict[str, str]:
        return {RECORD_LABEL: kind, PROJECT_LABEL: self._project, ENVIRONMENT_LABEL: self._environment}

    def _secret(self, name: str, kind: str, data: Any) -> Manifest:
        return self._envelope(name, kind, _pack(data))

    def _envelope(self, name: str, kind: str, content: bytes) -> Manifest:
        return {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "fairlead.dev/record",
            "metadata": {"name": name, "namespace": SYSTEM_NAMESPACE, "labels": self._labels(kind)},
            "data": {"content": base64.b64encode(content).decode()},
        }


def _pack(data: Any) -> bytes:
    # mtime=0: the same record must have the same name.
    return gzip.compress(orjson.dumps({"schema": SCHEMA, "data": data}, option=orjson.OPT_SORT_KEYS), 1, mtime=0)


def _records_in(secret: Manifest) -> frozenset[str]:
    """The names of the records that an archived run's bundle has. Nothing else is read: a run may have many steps."""
    try:
        data = orjson.loads(gzip.decompress(base64.b64decode(secret["data"]["content"])))
    except (KeyError, ValueError, OSError, EOFError):
        return frozenset()  # changed by hand: nobody can return to it
    records = dig(data, "data", "bundle", "records")
    return frozenset(records.values()) if isinstance(records, dict) else frozenset()


def _decode(secret: Manifest, wanted: type[T]) -> T:
    name = secret["metadata"]["name"]
    try:
        content = orjson.loads(gzip.decompress(base64.b64decode(secret["data"]["content"])))
        schema = content["schema"]
        if schema == SCHEMA:
            return from_json(wanted, content["data"])
    except (KeyError, TypeError, ValueError, OSError, EOFError) as err:
        raise Unavailable(
            f"the record {SYSTEM_NAMESPACE}/{name} cannot be read",
            hint="it was changed by hand: delete it to forget it",
        ) from err
    raise InputError(
        f"the record {SYSTEM_NAMESPACE}/{name} has schema {schema}, this Fairlead knows {SCHEMA}",
        hint="use the Fairlead that wrote it, or a newer one",
    )


def _require(result: ApplyResult, *, also: int = 0) -> Manifest:
    if result.live is not None:
        return result.live
    if result.status == also:
        return {}
    raise Unavailable(
        f"the record in {SYSTEM_NAMESPACE} cannot be written: {result.message}",
        hint="the deployer needs to write Secrets and Leases there",
    )
