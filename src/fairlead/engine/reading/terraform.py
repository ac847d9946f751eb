"""Terraform: every folder with configuration is parsed; the roots among them are components, and what keeps a root or
one of its modules from loading is told with its place. No process is started.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from fairlead.formats.hcl import Attribute, Block, parse_hcl
from fairlead.formats.hcl_blocks import is_known
from fairlead.formats.hcl_json import parse_hcl_json
from fairlead.formats.terraform.module import TerraformModule, read_module
from fairlead.formats.terraform.variables import ENDINGS, read_variables
from fairlead.model.component import Component, TerraformSource
from fairlead.model.environment import Environment, ReadFrom
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding
from fairlead.model.repository import Dialect, Part, Remark
from fairlead.planning.terraform.judging import judge_module, judge_variables, syntax_finding
from fairlead.planning.terraform.places import (
    TerraformPlace,
    automatic_files,
    find_roots,
    places_of,
    shared_files,
    without_examples,
)
from fairlead.planning.terraform.secrets import sealed, sensitive_variables
from fairlead.ports import ProjectFiles

_ENDINGS = (".tf", ".tofu")
_JSON = (".tf.json", ".tofu.json")


class TerraformReader:
    """Reads the folders of one repository, each once."""

    def __init__(self, files: ProjectFiles) -> None:
        self._files = files
        self._faults: dict[str, Finding] = {}
        self._parsed: dict[str, Block] = {}
        self._set: dict[str, Mapping[str, Attribute]] = {}

    def places(self) -> tuple[TerraformPlace, ...]:
        """The roots that somebody deploys, each with the environments that it is for."""
        return self._places_of(without_examples(find_roots(self._modules)))

    def unread(self) -> tuple[Remark, ...]:
        """What Terragrunt would make of this repository is not known."""
        units = [name for name in self._names if posixpath.basename(name) == "terragrunt.hcl"]
        if not units:
            return ()
        more = f" and {len(units) - 1} more" if units[1:] else ""
        return (Remark(text=f"Terragrunt is not read: {units[0]}{more}", is_sure=False),)

    def _places_of(self, folders: Iterable[str]) -> tuple[TerraformPlace, ...]:
        return tuple(place for folder in folders for place in places_of(folder, self._variable_files))

    def read(self, path: str, environment: Environment) -> Part:
        """The roots at or below *path* that are for *environment*, or for any. Raises InputError where none is."""
        top = posixpath.normpath(path)
        folders = [f for f in find_roots(self._modules) if top in (".", f) or f.startswith(f"{top}/")]
        below = self._places_of(without_examples(folders))
        if not below:
            raise InputError(f"{path} holds no Terraform root", hint="name a folder with *.tf files")
        places = [place for place in below if place.environment in ("", environment.name)]
        return Part(
            components=tuple(self._component(place, environment) for place in places),
            remarks=tuple(remark for place in places for remark in self._remarks(place)),
            findings=tuple(dict.fromkeys(finding for place in places for finding in self._findings(place))),
        )

    def _component(self, place: TerraformPlace, environment: Environment) -> Component:
        name = "-".join(part for part in place.folder.split("/") if part not in (".", environment.name, "environments"))
        return Component(
            name=_as_name(name),
            source=TerraformSource(
                folder=place.folder,
                variables=self._values(place),
            ),
            environments=(environment.name,),
        )

    def _values(self, place: TerraformPlace) -> dict[str, Any]:
        given = self._given(place.file) if place.file else {}
        secrets = sensitive_variables(self._modules[place.folder], self._modules)
        return {
            name: sealed(name, each.value, is_sensitive=name in secrets)
            for name, each in given.items()
            if is_known(each.value)
        }

    def _remarks(self, place: TerraformPlace) -> Iterable[Remark]:
        if not place.environment:
            text = "names no environment: it is thought to be of each but those that are guessed from folders"
            yield Remark(of=f"the Terraform root {place.folder}", text=text, is_sure=False)

    def _findings(self, place: TerraformPlace) -> Iterable[Finding]:
        for folder in self._used(place.folder):
            for file in self._files_of.get(folder, ()):
                if file in self._faults:
                    yield self._faults[file]
            yield from judge_module(self._modules[folder], self._modules, folders=self._folders)
        module = self._modules[place.folder]
        automatic = automatic_files(place.folder, self._variable_files)
        shared = shared_files(place.folder, self._variable_files)
        known = {name for file in (*automatic, *shared) for name in self._given(file)}
        files = (*automatic, *shared, *([place.file] if place.file else []))
        for file in (*automatic, *shared):
            yield from judge_variables(module, self._given(file), file="", automatic=known)
        if place.file:
            # What a file sets that cannot be read is not known: then nothing is said to be missing.
            is_read = not any(file in self._faults for file in files)
            wanted = place.file if is_read else ""
            yield from judge_variables(module, self._given(place.file), file=wanted, automatic=known)
        yield from (self._faults[file] for file in files if file in self._faults)

    def _used(self, folder: str) -> list[str]:
        """*folder* and every local module that it leads to."""
        found: list[str] = []
        waiting = [folder]
        while waiting:
            each = waiting.pop()
            if each in found or each not in self._modules:
                continue
            found.append(each)
            waiting += sorted(self._modules[each].local_calls())
        return found

    def _given(self, file: str) -> Mapping[str, Attribute]:
        """What a variable file sets; nothing where it has faults, which are kept."""
        if file not in self._set:
            self._set[file] = {}
            try:
                self._set[file] = read_variables(self._files.read_text(file), file=file)
            except InputError as err:
                self._faults[file] = syntax_finding(err.message, err.location)
        return self._set[file]

    def _parse(self, file: str) -> Block | None:
        """None where it has faults, which are kept."""
        if file not in self._parsed and file not in self._faults:
            try:
                parse = parse_hcl_json if file.endswith(_JSON) else parse_hcl
                self._parsed[file] = parse(self._files.read_text(file), file=file)
            except InputError as err:
                self._faults[file] = syntax_finding(err.message, err.location)
        return self._parsed.get(file)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self._files.walk())

    @cached_property
    def _folders(self) -> frozenset[str]:
        return frozenset(posixpath.dirname(name) or "." for name in self._names)

    @cached_property
    def _variable_files(self) -> tuple[str, ...]:
        return tuple(name for name in self._names if name.endswith(ENDINGS))

    @cached_property
    def _files_of(self) -> Mapping[str, tuple[str, ...]]:
        """The configuration files of each folder; OpenTofu reads `x.tofu` in the place of `x.tf`."""
        found: dict[str, list[str]] = {}
        names = set(self._names)
        for name in self._names:
            stem, dot, ending = name.rpartition(".tf")
            is_shadowed = ending in ("", ".json") and bool(dot) and f"{stem}.tofu{ending}" in names
            if name.endswith((*_ENDINGS, *_JSON)) and not is_shadowed:
                found.setdefault(posixpath.dirname(name) or ".", []).append(name)
        return {folder: tuple(files) for folder, files in found.items()}

    @cached_property
    def _modules(self) -> Mapping[str, TerraformModule]:
        return {folder: self._module(folder, files) for folder, files in self._files_of.items()}

    def _module(self, folder: str, files: tuple[str, ...]) -> TerraformModule:
        parsed = {file: block for file in sorted(files) if (block := self._parse(file))}
        return read_module(
            folder,
            [block for file, block in parsed.items() if not _is_override(file)],
            overrides=[block for file, block in parsed.items() if _is_override(file)],
            is_whole=len(parsed) == len(files),
        )


def _is_override(file: str) -> bool:
    stem = posixpath.basename(file).removesuffix(".json").rpartition(".")[0]
    return stem == "override" or stem.endswith("_override")


def _as_name(text: str) -> str:
    name = "".join(each if each.isascii() and each.isalnum() else "-" for each in text.lower()).strip("-")
    return name or "terraform"


def terraform_environments(
    places: Iterable[TerraformPlace], *, others: Iterable[str], default: str
) -> list[Environment]:
    """What each environment reads: a root that names none is of each, of *default* where there is none at all."""
    every = list(places)
    names = dict.fromkeys([*others, *(place.environment for place in every if place.environment)]) or {default: None}
    return [
        Environment(
            name=name, read_from=tuple(ReadFrom(dialect=Dialect.TERRAFORM, path=path) for path in dict.fromkeys(paths))
        )
        for name in names
        if (paths := [place.folder for place in every if place.environment in ("", name)])
    ]
