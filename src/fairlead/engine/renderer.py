"""What each component should be: its digests, its values, its objects. Everything is computed once, on demand.

The *source* digest covers what the repository says about a component. The *input* digest adds what it gets from
elsewhere: outputs of Terraform roots, and the cluster's versions if the chart asks for them. As long as the input
digest stays, a component is not rendered again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from fairlead.engine.kept_rendering import KeptCharts, KeptOverlays
from fairlead.engine.manifest_files import read_manifests
from fairlead.engine.sources import Sources, Target
from fairlead.engine.unknown_values import not_judged_without
from fairlead.formats.codec import to_json
from fairlead.formats.digests import canonical_json, digest, keyed_digest
from fairlead.formats.flux.substitution import substitute
from fairlead.formats.flux.values import without_sops
from fairlead.formats.lock_file import parse_lock
from fairlead.formats.manifests import load_value_file
from fairlead.formats.secret_masking import find_secret_texts
from fairlead.formats.template_text import reads_capabilities, reads_cluster
from fairlead.model.component import (
    Component,
    HelmSource,
    KustomizeSource,
    ManifestsSource,
    TerraformSource,
    TestSource,
)
from fairlead.model.environment import expand
from fairlead.model.errors import InputError
from fairlead.model.image import ImageRequest, ImageSource
from fairlead.model.infrastructure import Output, Surroundings, TerraformRoot
from fairlead.model.lock_file import ComponentLock, LockFile
from fairlead.model.objects import Manifest
from fairlead.model.rendering import ChartFiles, ChartRequest, Rendering
from fairlead.model.secret import SecretText
from fairlead.planning.image_replacement import pin_images, replace_images
from fairlead.planning.image_request import image_request, unknown_images, used_images
from fairlead.planning.locking import lock_path, pinned
from fairlead.planning.stand_ins import used_outputs
from fairlead.planning.terraform.root import terraform_root
from fairlead.planning.values import Layer, Merged, find_unknown, merge, output_layer

FORMAT = 1
"""Goes into every digest: raise it when the same input gives other objects."""

_MISSING = "correct the path, or add the file"

Outputs = Mapping[str, Mapping[str, Output]]
T = TypeVar("T")


class Renderer:
    """*key* keeps secret values out of digests: they take part as HMACs. *lock* stands for the environment's lock file
    while that is made."""

    def __init__(self, target: Target, sources: Sources, *, key: bytes, lock: LockFile | None = None) -> None:
        self.target = target
        self._sources = sources
        self._key = key
        self._lock = lock
        self._memo: dict[tuple[str, ...], asyncio.Task[Any]] = {}
        self._value_files: dict[str, dict[str, Any]] = {}

    @property
    def sources(self) -> Sources:
        return self._sources

    def anew(self) -> Renderer:
        """Another of the same, which remembers nothing: what draws lots is drawn again."""
        return Renderer(self.target, replace(self._sources, renders=None), key=self._key, lock=self._lock)

    @cached_property
    def _overlays(self) -> KeptOverlays:
        s = self._sources
        return s.built or KeptOverlays(s.overlays, files=s.files, tools=s.tools, cache=s.renders)

    @cached_property
    def _charts(self) -> KeptCharts:
        s = self._sources
        return KeptCharts(s.charts, tools=s.tools, cache=s.renders)

    async def source_digest(self, component: Component) -> str:
        return await self._once("source", component, self._source_digest)

    async def input_digest(self, component: Component, outputs: Outputs) -> str:
        """Empty while an output that *component* uses is not known."""
        if isinstance(component.source, TerraformSource):
            places = self._surroundings(component).places
            return digest({"source": await self.source_digest(component), "places": self._sealed(places)})
        mapped = output_layer(component, outputs=outputs, globals_=self.globals())
        if find_unknown(mapped.sets) or unknown_images(component, outputs):
            return ""
        # Only what is used: an output that is known later, or moves, must not move those that never read it.
        taken = {f"{of}.{name}": self._output_digest(outputs[of][name]) for of, name in used_outputs(component)}
        capabilities = await self._capabilities(component)
        flags = {"skip_crds": True} if self.target.skip_crds else {}
        source = await self.source_digest(component)
        return digest({"source": source, "outputs": taken, "capabilities": capabilities, **flags})

    async def reads_cluster(self, component: Component) -> bool:
        """Whether its templates read live objects (`lookup`): then no digest says what they will give."""
        if not isinstance(component.source, HelmSource):
            return False
        return (await self.chart(component)).reads_cluster or reads_cluster(await self._given_text(component))

    async def values(self, component: Component, outputs: Outputs) -> Merged:
        return merge(await self.layers(component, outputs))

    async def layers(self, component: Component, outputs: Outputs) -> tuple[Layer, ...]:
        """Lowest first; secrets as SecretText."""
        fixed = await self._fixed_layers(component)
        secrets: tuple[Layer, ...] = await self._once("secrets", component, self._secret_layers)
        mapped = output_layer(component, outputs=outputs, globals_=self.globals())
        overrides = Layer(name="--set", sets=self.target.overrides)
        return (*fixed, mapped, *secrets, overrides)

    async def secret_texts(self, component: Component, outputs: Outputs) -> frozenset[str]:
        """The secret texts that go into the component's values, to be hidden wherever they come out."""
        return find_secret_texts((await self.values(component, outputs)).values)

    async def render(self, component: Component, outputs: Outputs) -> Rendering:
        """Without a cluster's help: `helm template`, kustomize, or the files as they are."""
        match component.source:
            case HelmSource(unknown=unknown):
                try:
                    return await self._template(component, outputs)
                except InputError as err:
                    if unknown:
                        raise not_judged_without(unknown, err) from err
                    raise
            case KustomizeSource() as source:
                return Rendering(objects=self._with_images(component, await self._build(component, source), outputs))
            case ManifestsSource(paths=paths):
                return Rendering(objects=self._with_images(component, self._manifests(paths), outputs))
            case _:
                return Rendering()

    async def _template(self, component: Component, outputs: Outputs) -> Rendering:
        kinds = self.target.kinds
        made = await self._charts.template(
            await self.chart_request(component, outputs),
            await self.chart(component),
            kubernetes=self.target.kubernetes,
            api_versions=kinds.api_versions() if kinds else (),
        )
        if not made.objects:
            return made
        for fields in component.source.post_renderers if isinstance(component.source, HelmSource) else ():
            made = replace(made, objects=await self._overlays.lay_over(made.objects, fields))
        return made

    async def _build(self, component: Component, source: KustomizeSource) -> tuple[Manifest, ...]:
        bases = self.lock().of(component.name).bases
        built = await self._overlays.build(self._placed(source), bases=bases)
        if source.is_free:
            built = tuple(without_sops(manifest) for manifest in built)
        if source.substitution is None:
            return built
        return tuple(substitute(manifest, source.substitution) for manifest in built)

    def overlay_files(self, component: Component, source: KustomizeSource) -> tuple[Path, ...]:
        """Every file that the build of *component* reads. Raises InputError."""
        bases = self.lock().of(component.name).bases
        return self._sources.overlays.files(self._placed(source), root=self._sources.files.root(), bases=bases)

    def _placed(self, source: KustomizeSource) -> KustomizeSource:
        return replace(source, folder=self._expand(source.folder))

    def _with_images(
        self, component: Component, rendered: Sequence[Manifest], outputs: Outputs
    ) -> tuple[Manifest, ...]:
        built = replace_images(rendered, used_images(component, outputs))
        return pin_images(built, self.lock().of(component.name).images)

    async def chart_request(self, component: Component, outputs: Outputs) -> ChartRequest:
        chart = await self.chart(component)
        values = await self.values(component, outputs)
        return ChartRequest(
            release=component.release,
            namespace=component.namespace,
            chart=chart.path,
            values=values.values,
            timeout_seconds=component.timeout_seconds,
        )

    async def chart(self, component: Component) -> ChartFiles:
        if not isinstance(component.source, HelmSource):
            raise TypeError(f"{component.name} is no Helm release")
        lock = self.lock()
        source = pinned(component.source, component=component.name, lock=lock)
        locked = lock.of(component.name)
        digests = (each.digest for each in (locked.chart, *locked.dependencies) if each)
        key = ("chart", source.chart, source.repository, source.version, *digests)
        return await self._shared(key, lambda: self._fetch(source, locked))

    def lock(self) -> LockFile:
        """The environment's lock file; an empty one where there is none. Raises InputError."""
        if self._lock is None:
            file, name = lock_path(self.target.environment), self.target.environment.name
            text = self._sources.files.read_text(file) if self._sources.files.find(file) else ""
            self._lock = (
                parse_lock(text, file=file, environment=name) if text else LockFile(file=file, environment=name)
            )
        return self._lock

    async def crds(self, component: Component) -> tuple[Manifest, ...]:
        """What the `crds/` folders of a chart and all its subcharts hold, whatever its values are."""
        if not isinstance(component.source, HelmSource):
            return ()
        return await self._charts.crds(await self.chart(component))

    async def _once(self, what: str, component: Component, make: Callable[[Component], Coroutine[Any, Any, T]]) -> T:
        return await self._shared((what, component.name), lambda: make(component))

    async def _shared(self, key: tuple[str, ...], make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What *make* gives, made once for everybody who asks with *key*."""
        memo = self._memo.get(key)
        if memo is None:
            memo = self._memo[key] = asyncio.ensure_future(make())
        result: T = await asyncio.shield(memo)
        return result

    async def _fetch(self, source: HelmSource, locked: ComponentLock) -> ChartFiles:
        return await self._sources.charts.fetch(source, folder=self._sources.files.root(), locked=locked)

    async def _source_digest(self, component: Component) -> str:
        said = to_json(component)
        said.pop("location", None)
        said.pop("timeout_seconds", None)
        said.pop("labels", None)
        return digest(
            {
                "format": FORMAT,
                "environment": self.target.environment.name,
                "component": said,
                "content": await self._content_digest(component),
                "values": [digest(self._files_digest(layer)) for layer in await self._fixed_layers(component)],
                "globals": self._mapped_globals(component),
                "secrets": [self._sources.files.read_text(path) for path in self._secret_paths(component)],
                "overrides": dict(self.target.overrides),
                "tool": self._tool_version(component),
                **self._of_terraform(component),
                **self._of_lock(component),
            }
        )

    def _surroundings(self, component: Component) -> Surroundings:
        return self._sources.infrastructure.surroundings(self._terraform_root(component))

    def _sealed(self, texts: Mapping[str, str]) -> dict[str, str]:
        """As HMACs: a variable may be a password."""
        return {name: keyed_digest([name, text], key=self._key) for name, text in texts.items()}

    def _of_terraform(self, component: Component) -> dict[str, Any]:
        """What a root is given besides its files."""
        if not isinstance(component.source, TerraformSource):
            return {}
        given = self._sealed(self._surroundings(component).variables)
        name = self.target.environment.name_for("terraform")
        return {"variables": given, "environment_seen": name}

    def _of_lock(self, component: Component) -> dict[str, Any]:
        """What it pins besides charts, which take part by their content."""
        if not isinstance(component.source, KustomizeSource | ManifestsSource):
            return {}
        locked = self.lock().of(component.name)
        pins = {"images": dict(locked.images), "bases": dict(locked.bases)}
        return {"pins": pins} if any(pins.values()) else {}

    async def _given_text(self, component: Component) -> bytes:
        """The values that the project gives: a chart may run them through `tpl`."""
        given = [layer.values for layer in await self._fixed_layers(component)]
        return canonical_json([*map(to_json, given), self._mapped_globals(component), to_json(self.target.overrides)])

    def _files_digest(self, layer: Layer) -> Any:
        return {"values": to_json(layer.values)}

    async def _content_digest(self, component: Component) -> str:
        files = self._sources.files
        match component.source:
            case HelmSource():
                return (await self.chart(component)).digest
            case KustomizeSource() as source:
                return files.digest(self.overlay_files(component, source))
            case ManifestsSource(paths=paths):
                root = files.root()
                return files.digest(root / path for path in files.expand([self._expand(p) for p in paths]))
            case TerraformSource():
                return files.digest(self._sources.infrastructure.files(self._terraform_root(component)))
            case TestSource(job=str(job)) if job:
                return files.digest([files.root() / self._expand(job)])
            case ImageSource():
                return self._sources.images.input_digest(self.image_request(component))
            case _:
                return ""

    def image_request(self, component: Component) -> ImageRequest:
        return image_request(self.target.environment, component, root=str(self._sources.files.root()))

    def _terraform_root(self, component: Component) -> TerraformRoot:
        root = str(self._sources.files.root())
        return terraform_root(self.target.project, self.target.environment, component, root=root)

    def _tool_version(self, component: Component) -> str:
        names = {HelmSource: "helm", KustomizeSource: "kustomize", TerraformSource: "tofu"}
        name = names.get(type(component.source), "")
        return f"{name} {self._sources.tools.version(name)}" if name else ""

    async def _fixed_layers(self, component: Component) -> tuple[Layer, ...]:
        return await self._once("layers", component, self._file_layers)

    async def _file_layers(self, component: Component) -> tuple[Layer, ...]:
        if not isinstance(component.source, HelmSource):
            return ()
        own = Layer(name="component", values=component.source.values, file=self.target.project.file)
        seen = self.target.environment.name_for("values")
        layered = (f"environments/{seen}/values.yaml", f"environments/{seen}/{component.name}.yaml")
        optional = layered if component.source.is_layered else ()
        files = [self._expand(path) for path in component.source.value_files]
        files += [path for path in optional if self._sources.files.find(path)]
        return (own, *(Layer(name=path, values=self._load_values(path), file=path) for path in files))

    async def _secret_layers(self, component: Component) -> tuple[Layer, ...]:
        paths = self._secret_paths(component)
        return tuple(Layer(name="secrets", values=self._decrypt(path), file=path) for path in paths)

    def _load_values(self, path: str) -> dict[str, Any]:
        if path not in self._value_files:  # the environment's own is that of every release
            if self._sources.files.find(path) is None:
                raise InputError(f"the values file {path} is not there", hint=_MISSING, rule="values-file-missing")
            self._value_files[path] = load_value_file(self._sources.files.read_text(path), file=path)
        return self._value_files[path]

    def globals(self) -> Mapping[str, Any]:
        """What `environments/E/values.yaml` says under `global`."""
        path = f"environments/{self.target.environment.name_for('values')}/values.yaml"
        found = self._load_values(path).get("global") if self._sources.files.find(path) else None
        return found if isinstance(found, dict) else {}

    def _mapped_globals(self, component: Component) -> Any:
        """What the component takes from `global`; kinds without value files see nothing else of it."""
        layer = output_layer(component, outputs={}, globals_=self.globals())
        return {path: value for path, value in layer.sets.items() if component.set[path].startswith("global")}

    def _secret_paths(self, component: Component) -> list[str]:
        return [self._expand(path) for path in component.secrets]

    def _decrypt(self, path: str) -> Mapping[str, Any]:
        return self._sources.secrets.decrypt(self._sources.files.read_text(path), file=path)

    def _output_digest(self, output: Output) -> str:
        if output.seal:
            return output.seal
        value = output.value
        if isinstance(value, SecretText):
            return keyed_digest(value.reveal_value(), key=self._key)
        return digest(to_json(value))

    async def _capabilities(self, component: Component) -> list[str]:
        if not isinstance(component.source, HelmSource):
            return []
        is_asked = (await self.chart(component)).reads_capabilities
        if not is_asked and not reads_capabilities(await self._given_text(component)):
            return []
        kinds = self.target.kinds
        return [self.target.kubernetes, *(kinds.api_versions() if kinds else ())]

    def _manifests(self, paths: tuple[str, ...]) -> list[Manifest]:
        return read_manifests(self._sources.files, [self._expand(path) for path in paths])

    def _expand(self, path: str) -> str:
        return expand(path, self.target.environment)
