"""The port `Cluster` over a real Kubernetes API server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from fairlead.adapters.kube.connection import Connection
from fairlead.adapters.kube.discovery import discover
from fairlead.adapters.kube.faults import Forbidden
from fairlead.adapters.kube.json_body import dump_json, dump_yaml_safe_json
from fairlead.adapters.kube.listing import METADATA, METADATA_LIST, Selection, list_all, read_answer
from fairlead.adapters.kube.paths import DEFAULT_NAMESPACE, home_path, object_path, with_query
from fairlead.adapters.kube.reading import Reading, one_by_one, plan_readings, read_version
from fairlead.adapters.kube.results import deletion_of, not_served, result_of
from fairlead.adapters.kube.together import run_together
from fairlead.adapters.kube.transport import JSON, Answer, Patience, Request, SocketFactory, Transport
from fairlead.model.errors import Unavailable
from fairlead.model.objects import (
    ApplyResult,
    Kind,
    Kinds,
    Manifest,
    ObjectRef,
    ObservedMetadata,
    ServerVersion,
    ref_of,
)
from fairlead.ports import Clock

_APPLY: Final = "application/apply-patch+yaml"
_JSON_PATCH: Final = "application/json-patch+json"
_STRICT: Final = "Strict"
"""Unknown and duplicate fields are refused, as by kubectl: a typing error must not be dropped in silence."""

_GATEWAY: Final = (502, 503, 504)
_LOG_BYTES: Final = 65536


class KubeCluster:
    """One API server as one identity.

    *timeout* in seconds holds for each request with all its tries; *concurrency* is the most requests at once.
    Reads raise Forbidden for 403, everything raises Unauthorized for 401 (both InputError); to a write 403 is data.
    To observe or list a kind of an API group that is broken and has told nothing of it raises Unavailable: whether the
    object exists is not known then.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        clock: Clock,
        timeout: float = 15.0,
        concurrency: int = 32,
        patience: Patience | None = None,
        socket_factory: SocketFactory | None = None,
    ) -> None:
        self._transport = Transport(
            connection,
            clock=clock,
            timeout=timeout,
            concurrency=concurrency,
            patience=patience or Patience(),
            socket_factory=socket_factory,
        )
        self._kinds: Kinds | None = None
        self._discovering = asyncio.Lock()

    async def version(self) -> ServerVersion:
        document = await self._read("/version") or {}
        return ServerVersion(git_version=document.get("gitVersion") or "")

    async def kinds(self, *, refresh: bool = False) -> Kinds:
        before = self._kinds
        async with self._discovering:
            # Who waited for another's look needs none of its own.
            if self._kinds is None or (refresh and self._kinds is before):
                self._kinds = await discover(self._transport)
            return self._kinds

    async def get(self, ref: ObjectRef) -> Manifest | None:
        kind = await self._find(ref)
        if kind is None:
            return None
        return await self._read(object_path(kind, ref, version=read_version(kind, ref)))

    async def observe(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, Manifest]:
        return await self._observe(tuple(refs), is_metadata=False)

    async def observe_metadata(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, ObservedMetadata]:
        found = await self._observe(tuple(refs), is_metadata=True)
        return {
            ref: ObservedMetadata(
                ref=ref,
                uid=live["metadata"]["uid"],
                resource_version=live["metadata"]["resourceVersion"],
                managers=_managers(live["metadata"]),
            )
            for ref, live in found.items()
        }

    async def list_objects(
        self,
        *,
        group: str,
        kind: str,
        namespace: str = "",
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Manifest]:
        served = await self._find(ObjectRef(group=group, kind=kind, name=""))
        if served is None:
            return []
        return await list_all(
            self._transport, Selection(kind=served, namespace=namespace, labels=labels, fields=fields)
        )

    async def list_metadata(
        self, *, group: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> list[Manifest]:
        served = await self._find(ObjectRef(group=group, kind=kind, name=""))
        if served is None:
            return []
        selection = Selection(kind=served, namespace=namespace, labels=labels, accept=METADATA_LIST)
        return [{"metadata": item["metadata"]} for item in await list_all(self._transport, selection)]

    async def apply(
        self, manifest: Manifest, *, manager: str, force: bool = False, dry_run: bool = False
    ) -> ApplyResult:
        """Server-side apply with strict field validation; a namespaced object without a namespace goes to `default`.

        `ref` in the result is where the object is. A 409 without conflicts means that uid or resourceVersion moved;
        its message says so when an earlier try, whose answer was lost, may have been the mover.
        """
        query = {"fieldManager": manager, "force": "true" if force else "", "dryRun": "All" if dry_run else ""}
        return await self._write(
            "PATCH", manifest, query=query, body=dump_yaml_safe_json(manifest), content_type=_APPLY
        )

    async def create(self, manifest: Manifest) -> ApplyResult:
        """POST. 409 after a lost answer says so in its message: the object may be ours. An object whose name the server
        makes (`generateName`) is never sent twice."""
        return await self._write("POST", manifest, query={}, body=dump_json(manifest), content_type=JSON)

    async def replace(self, manifest: Manifest, *, manager: str = "", dry_run: bool = False) -> ApplyResult:
        query = {"fieldManager": manager, "dryRun": "All" if dry_run else ""}
        return await self._write("PUT", manifest, query=query, body=dump_json(manifest), content_type=JSON)

    async def hand_over(self, live: Manifest, managed_fields: Sequence[Mapping[str, Any]]) -> ApplyResult:
        """By a JSON patch, as client-go's csaupgrade does it: it needs no right beyond that of server-side apply."""
        patch = [
            {"op": "test", "path": "/metadata/uid", "value": live["metadata"]["uid"]},
            {"op": "replace", "path": "/metadata/managedFields", "value": list(managed_fields)},
            {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
        ]
        return await self._write("PATCH", live, query={}, body=dump_json(patch), content_type=_JSON_PATCH)

    async def delete(
        self, ref: ObjectRef, *, uid: str = "", resource_version: str = "", propagation: str = "Background"
    ) -> ApplyResult:
        kind = await self._find(ref)
        if kind is None:
            return ApplyResult(ref=ref, live={}, status=404, reason="KindNotServed")
        preconditions = {"uid": uid, "resourceVersion": resource_version}
        options: dict[str, Any] = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": propagation}
        if stated := {key: value for key, value in preconditions.items() if value}:
            options["preconditions"] = stated
        path = object_path(kind, ref, version=read_version(kind, ref))
        answer = await self._transport.send(Request(method="DELETE", path=path, body=dump_json(options)))
        return deletion_of(ref, self._said(answer))

    async def pod_logs(self, ref: ObjectRef, *, container: str = "", tail: int = 1, previous: bool = False) -> str:
        pod = Kind(group="", version="v1", kind="Pod", plural="pods", namespaced=True)
        query = {"container": container, "tailLines": str(tail), "limitBytes": str(_LOG_BYTES)}
        query |= {"previous": "true"} if previous else {}
        path = with_query(f"{object_path(pod, ref)}/log", query)
        answer = await self._transport.send(Request(method="GET", path=path, accept="*/*"))
        return answer.body.decode(errors="replace") if answer.is_good else ""

    async def close(self) -> None:
        await self._transport.close()

    async def _find(self, ref: ObjectRef) -> Kind | None:
        kinds = await self.kinds()
        self._check_answerable((ref,), kinds)
        return kinds.find(ref)

    def _check_answerable(self, refs: Iterable[ObjectRef], kinds: Kinds) -> None:
        for ref in refs:
            if ref.group in kinds.broken and kinds.find(ref) is None:
                raise Unavailable(
                    f"whether {ref} exists is not known: the server of the API group {ref.group} does not answer",
                    hint=f"see `kubectl get apiservices` for {ref.group}, and the Service it names",
                )

    async def _read(self, path: str, *, accept: str = JSON) -> Manifest | None:
        answer = await self._transport.send(Request(method="GET", path=path, accept=accept))
        return read_answer(self._transport, answer)

    async def _observe(self, refs: tuple[ObjectRef, ...], *, is_metadata: bool) -> dict[ObjectRef, Manifest]:
        if not refs:
            return {}
        kinds = await self.kinds()
        self._check_answerable(refs, kinds)
        readings = plan_readings(refs, kinds=kinds, may_span=is_metadata)
        parts = await run_together(self._carry_out(reading, is_metadata=is_metadata) for reading in readings)
        found = {ref: live for part in parts for ref, live in part.items()}
        return {ref: found[ref] for ref in refs if ref in found}

    async def _carry_out(self, reading: Reading, *, is_metadata: bool) -> dict[ObjectRef, Manifest]:
        if not reading.is_list:
            return await self._get_each(reading, is_metadata=is_metadata)
        selection = Selection(
            kind=reading.kind,
            version=reading.version,
            namespace=reading.namespace,
            accept=METADATA_LIST if is_metadata else JSON,
        )
        try:
            listed = await list_all(self._transport, selection)
        except Forbidden:
            return await self._get_each(one_by_one(reading), is_metadata=is_metadata)
        found: dict[ObjectRef, Manifest] = {}
        for live in listed:
            metadata = live["metadata"]
            for ref in reading.by_place.get((metadata.get("namespace") or "", metadata["name"]), ()):
                found[ref] = live
        return found

    async def _get_each(self, reading: Reading, *, is_metadata: bool) -> dict[ObjectRef, Manifest]:
        async def read(ref: ObjectRef) -> Manifest | None:
            path = object_path(reading.kind, ref, version=reading.version)
            return await self._read(path, accept=METADATA if is_metadata else JSON)

        places = list(reading.by_place.values())
        lives = await run_together(read(same[0]) for same in places)
        return {ref: live for same, live in zip(places, lives, strict=True) if live is not None for ref in same}

    async def _write(
        self, method: str, manifest: Manifest, *, query: Mapping[str, str], body: bytes, content_type: str
    ) -> ApplyResult:
        ref = _write_ref(manifest)
        kind = await self._find(ref)
        if kind is None:
            return not_served(ref)
        ref = replace(ref, namespace=(ref.namespace or DEFAULT_NAMESPACE) if kind.namespaced else "")
        place = home_path if method == "POST" else object_path
        request = Request(
            method=method,
            path=with_query(place(kind, ref, version=ref.version), {**query, "fieldValidation": _STRICT}),
            body=body,
            content_type=content_type,
            is_repeatable=bool(ref.name),
        )
        return result_of(ref, self._said(await self._transport.send(request)))

    def _said(self, answer: Answer) -> Answer:
        """What stands between us and the API server, or a server that is too busy, says nothing about an object."""
        if answer.status not in (*_GATEWAY, 429):
            return answer
        said = answer.json()
        message = said.get("message") if isinstance(said, dict) else ""
        raise Unavailable(
            f"{self._transport.connection.server} answered {answer.status}: {message or 'nothing'}",
            hint="see the load of the API server, and what stands between",
        )


def _managers(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple({entry.get("manager") or "": None for entry in metadata.get("managedFields") or ()})


def _write_ref(manifest: Manifest) -> ObjectRef:
    if manifest["metadata"].get("name"):
        return ref_of(manifest)
    return ref_of({**manifest, "metadata": {**manifest["metadata"], "name": ""}})
