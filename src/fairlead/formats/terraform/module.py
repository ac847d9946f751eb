"""What the files of one Terraform folder declare, call and refer to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from fairlead.formats.hcl import UNKNOWN, Attribute, Block, Reference
from fairlead.formats.terraform.overrides import merge_overrides
from fairlead.formats.terraform.strays import Stray, find_strays
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass, field

_LABELS: Final = {"variable": 1, "output": 1, "module": 1, "resource": 2, "data": 2, "provider": 1, "ephemeral": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    name: str
    location: Location
    is_required: bool
    is_sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleCall:
    """*source* is empty where it is no literal; *passed* are the providers, as the module calls them. Arguments of one
    that *is_overridden* need not be declared."""

    name: str
    source: str
    location: Location
    arguments: Mapping[str, Attribute] = field(default_factory=dict)
    passed: frozenset[str] = frozenset()
    is_overridden: bool = False

    @property
    def is_local(self) -> bool:
        return self.source.startswith(("./", "../"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    name: str
    alias: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """What is declared at *location*, and was at *first* already."""

    what: str
    location: Location
    first: Location


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """What an override file overrides at *location*, and no file declares."""

    what: str
    location: Location


@dataclass(slots=True, kw_only=True)
class TerraformModule:
    """*used* is where the name of each provider stands first, *sources* has what `required_providers` says, empty where
    that is no literal; *references* are all in expressions. *idle* are overrides of what is not there, *strays* what no
    file may have. *is_whole* is false where a file could not be read, or has a block of no known type: then nothing is
    known to be undeclared."""

    folder: str
    variables: dict[str, Variable] = field(default_factory=dict)
    local_values: set[str] = field(default_factory=set)
    outputs: set[str] = field(default_factory=set)
    resources: dict[tuple[str, str], Location] = field(default_factory=dict)
    data: dict[tuple[str, str], Location] = field(default_factory=dict)
    ephemeral: set[tuple[str, str]] = field(default_factory=set)
    calls: dict[str, ModuleCall] = field(default_factory=dict)
    providers: list[Provider] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    used: dict[str, Location] = field(default_factory=dict)
    required_version: str = ""
    aliases: set[str] = field(default_factory=set)
    backend: str = ""
    references: list[Reference] = field(default_factory=list)
    provider_uses: list[Reference] = field(default_factory=list)
    twice: list[Twice] = field(default_factory=list)
    idle: list[Idle] = field(default_factory=list)
    strays: list[Stray] = field(default_factory=list)
    is_whole: bool = True

    @property
    def is_configured(self) -> bool:
        """Whether it says where its state or its providers are: what a root does."""
        return bool(self.backend or self.providers)

    def local_calls(self) -> frozenset[str]:
        """The folders that it calls."""
        return frozenset(
            posixpath.normpath(posixpath.join(self.folder, call.source))
            for call in self.calls.values()
            if call.is_local
        )


def read_module(
    folder: str, files: Iterable[Block], *, overrides: Iterable[Block] = (), is_whole: bool = True
) -> TerraformModule:
    """The module of the parsed *files* in *folder*, as *overrides* have it, which are in the order of their names."""
    written, over = list(files), list(overrides)
    strays = list(find_strays(written, over))
    module = TerraformModule(folder=folder, strays=strays, is_whole=is_whole and all(each.is_known for each in strays))
    seen: dict[str, Location] = {}
    blocks, idle = merge_overrides(written, over)
    for block in blocks:
        for what, location in _declared(block):
            if what in seen:
                module.twice.append(Twice(what=what, location=location, first=seen[what]))
            seen.setdefault(what, location)
        _read(module, block)
    module.idle = [Idle(what=what, location=place) for block in idle for what, place in _declared(block)]
    return module


def _declared(block: Block) -> Iterator[tuple[str, Location]]:
    if block.type == "locals":
        yield from ((f"local.{name}", attribute.location) for name, attribute in block.attributes.items())
    elif len(block.labels) == _LABELS.get(block.type, -1):
        alias = block.value("alias") if block.type == "provider" else None
        yield ".".join((block.type, *block.labels, *([str(alias)] if alias else []))), block.location


def _read(module: TerraformModule, block: Block) -> None:
    match block.type, block.labels:
        case "variable", (name,):
            module.variables[name] = Variable(
                name=name,
                location=block.location,
                is_required="default" not in block.attributes,
                is_sensitive=block.value("sensitive") is True,
            )
            module.references += _checked(block)
        case "locals", ():
            for name in block.attributes:
                module.local_values.add(name)
            module.references += block.references()
        case "output", (name,):
            module.outputs.add(name)
            module.references += block.references()
        case ("resource" | "data" | "ephemeral") as kind, (type_, name):
            _note_object(module, kind, type_, name, block)
        case "module", (name,):
            _note_call(module, name, block)
        case "provider", (name,):
            alias = block.value("alias")
            module.providers.append(Provider(name=name, alias=alias if isinstance(alias, str) else ""))
            module.used.setdefault(name, block.location)
            module.references += _plain(block, without=("alias",))
        case "terraform", ():
            _note_settings(module, block)
        case "check", (_,):
            for data in block.of("data"):
                if len(data.labels) == 2:
                    _note_object(module, "data", *data.labels, data)
            module.references += (each for inner in block.of("assert") for each in inner.references())
        case _:
            pass


def _checked(block: Block) -> Iterator[Reference]:
    """What the validations of a variable refer to; its type is no expression."""
    for validation in block.of("validation"):
        yield from validation.references()


def _note_object(module: TerraformModule, kind: str, type_: str, name: str, block: Block) -> None:
    if kind == "resource":
        module.resources[type_, name] = block.location
    elif kind == "data":
        module.data[type_, name] = block.location
    else:
        module.ephemeral.add((type_, name))
    if used := block.attributes.get("provider"):
        _note_uses(module, used.references)
    else:
        module.used.setdefault(type_.partition("_")[0], block.location)
    module.references += _plain(block, without=("provider",))


def _note_uses(module: TerraformModule, uses: Iterable[Reference]) -> None:
    for each in uses:
        module.provider_uses.append(each)
        module.used.setdefault(each.parts[0], each.location)


def _plain(block: Block, *, without: tuple[str, ...]) -> Iterator[Reference]:
    """The references of *block* that are expressions: not those that name providers, nor those of `lifecycle`."""
    for name, attribute in block.attributes.items():
        if name not in without:
            yield from attribute.references
    for inner in block.blocks:
        if inner.type == "lifecycle":
            yield from _lifecycle(inner)
        elif inner.type == "dynamic":
            yield from (each for each in inner.references() if not _is_iterator(inner, each))
        else:
            yield from _plain(inner, without=())


def _is_iterator(dynamic: Block, reference: Reference) -> bool:
    """`iterator = each_port` names, and does not refer."""
    named = dynamic.attributes.get("iterator")
    return named is not None and reference in named.references


def _lifecycle(block: Block) -> Iterator[Reference]:
    """`ignore_changes` names attributes of the resource itself."""
    for name, attribute in block.attributes.items():
        if name == "replace_triggered_by":
            yield from attribute.references
    for inner in block.blocks:
        yield from inner.references()


def _note_call(module: TerraformModule, name: str, block: Block) -> None:
    source = block.value("source")
    own = {"source", "version", "count", "for_each", "providers", "depends_on"}
    given = block.attributes["providers"].references if "providers" in block.attributes else ()
    module.calls[name] = ModuleCall(
        name=name,
        source=source if isinstance(source, str) else "",
        location=block.attributes["source"].location if "source" in block.attributes else block.location,
        arguments={key: value for key, value in block.attributes.items() if key not in own},
        passed=frozenset(str(each) for each in given if each.is_key),
        is_overridden=block.is_overridden,
    )
    _note_uses(module, (each for each in given if not each.is_key))
    module.references += _plain(block, without=("providers", "source", "version"))


def _note_settings(module: TerraformModule, block: Block) -> None:
    for backend in block.of("backend"):
        module.backend = next(iter(backend.labels), "")
    if any(block.of("cloud")):
        module.backend = "cloud"
    if isinstance(version := block.value("required_version"), str):
        module.required_version = version
    for required in block.of("required_providers"):
        for name, attribute in required.attributes.items():
            if (source := _source(attribute.value)) is not None:
                module.sources[name] = source
            module.used.setdefault(name, attribute.location)
            module.aliases |= {".".join(each.parts) for each in attribute.references}


def _source(value: Any) -> str | None:
    """A text is a version; what is no literal may say anything."""
    if isinstance(value, str):
        return None
    source = value.get("source") if isinstance(value, dict) else ""
    return "" if source is UNKNOWN else source
