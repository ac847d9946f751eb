"""Where helmfile begins to read a repository: which of its files nobody else names, and what environments they have."""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from fairlead.formats.helmfile.text import DeclaredEnvironment, declared_environments, named_paths, states_releases
from fairlead.model.environment import ALIASES, ClusterSettings, Driver, Environment, ReadFrom
from fairlead.model.frozen import dataclass
from fairlead.model.repository import Dialect, Remark

NAMES: Final = ("helmfile.yaml", "helmfile.yml", "helmfile.yaml.gotmpl", "helmfile.yml.gotmpl")
FOLDER: Final = "helmfile.d"
_SUFFIXES: Final = (".yaml", ".yml", ".yaml.gotmpl", ".yml.gotmpl")
_TEMPLATES: Final = (".gotmpl", ".tpl", ".tmpl")
_NO_LABEL: Final = re.compile(r"[^a-z0-9-]+")
DEFAULT: Final = DeclaredEnvironment(name="default")
"""What helmfile calls the environment of a file that declares none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelmfileEntry:
    """*path* is a state file, or a folder of them."""

    path: str
    environments: tuple[DeclaredEnvironment, ...]


def state_files(paths: Collection[str]) -> tuple[str, ...]:
    """Those of *paths* that helmfile would take by their names alone, and those that lie deeper below `helmfile.d`,
    which may be state files."""
    return tuple(path for path in paths if _entry_path(path) or _is_deeper(path))


def template_files(paths: Collection[str]) -> tuple[str, ...]:
    """Those of *paths* that helmfile may evaluate: not what lies in a chart, which is helm's."""
    charts = {posixpath.dirname(path) for path in paths if posixpath.basename(path) == "Chart.yaml"}
    return tuple(
        path
        for path in paths
        if (path.endswith(_TEMPLATES) or _entry_path(path))
        and not any(path.startswith(f"{chart}/") for chart in charts)
    )


def find_helmfiles(texts: Mapping[str, str], *, files: Collection[str]) -> tuple[HelmfileEntry, ...]:
    """The state files among *texts* (by path) that no other one names, `helmfile.d` as one. *files* are all files of
    the repository, where bases are looked for by whoever made *texts*."""
    named = {path for file, text in texts.items() for path in _named(file, text, "helmfiles", files) if path != file}
    found: dict[str, list[str]] = {}
    for file in sorted(texts):
        entry = _entry_of(file, texts)
        if entry and file not in named and not (named & set(_folders(file))):
            found.setdefault(entry, []).append(file)
    return tuple(
        HelmfileEntry(path=path, environments=_environments(members, texts, files)) for path, members in found.items()
    )


def named_files(texts: Mapping[str, str], *, files: Collection[str]) -> frozenset[str]:
    """The bases and helmfiles among *files* that *texts* name."""
    named = {
        path
        for key in ("bases", "helmfiles")
        for file, text in texts.items()
        for path in _named(file, text, key, files)
    }
    return frozenset(file for file in files if file in named)


def members_of(folder: str, texts: Mapping[str, str]) -> tuple[str, ...]:
    """The state files of a folder of them, by path among *texts*; none where *folder* is a file."""
    return tuple(sorted(file for file in texts if file != folder and _entry_of(file, texts) == folder))


def silent_files(
    path: str, texts: Mapping[str, str], *, files: Collection[str], environment: str, read: Collection[str]
) -> tuple[str, ...]:
    """The helmfiles that *path* leads to, and that helmfile did not *read* for they do not have *environment*. Every
    one has `default`."""
    waiting = list(members_of(path, texts) or (path,)) if environment != DEFAULT.name else []
    found: dict[str, bool] = {}
    while waiting:
        file = waiting.pop()
        if file in texts and file not in found:
            known = _environments((file,), texts, files)
            found[file] = file not in read and environment not in {each.name for each in known}
            below = {
                each for named in _named(file, texts[file], "helmfiles", files) for each in _state_files(named, texts)
            }
            waiting += sorted(below, reverse=True)
    return tuple(sorted(file for file, is_silent in found.items() if is_silent))


def _state_files(named: str, texts: Mapping[str, str]) -> Iterator[str]:
    """*named* is a file, or a folder with state files."""
    yield named
    yield from (file for file in texts if posixpath.dirname(file) == named and _entry_of(file, texts))


def helmfile_environments(entry: HelmfileEntry, *, delivered: Collection[str] = ()) -> tuple[Environment, ...]:
    """One that declares none, and lies in a folder called like one of those that another tool has *delivered*, is of
    that one."""
    if name := _environment_of_folder(entry, delivered):
        names = {Dialect.HELMFILE.value: DEFAULT.name} if name != DEFAULT.name else {}
        read_from = (ReadFrom(dialect=Dialect.HELMFILE, path=entry.path),)
        return (Environment(name=name, names=names, read_from=read_from),)
    return tuple(_environment(entry, each) for each in entry.environments)


def helmfile_remark(entry: HelmfileEntry, *, delivered: Collection[str] = ()) -> Remark:
    names = ", ".join(each.name for each in entry.environments)
    if entry.environments == (DEFAULT,):
        name = _environment_of_folder(entry, delivered)
        of = f": by its folder it is of {name}" if name else ""
        return Remark(text=f"{entry.path} has no environment but `default`{of}")
    return Remark(text=f"{entry.path} has the environments {names}")


def _environment_of_folder(entry: HelmfileEntry, delivered: Collection[str]) -> str:
    found = set(delivered) & set(entry.path.split("/"))
    return found.pop() if entry.environments == (DEFAULT,) and len(found) == 1 else ""


def _environment(entry: HelmfileEntry, declared: DeclaredEnvironment) -> Environment:
    name = ALIASES.get(declared.name, _NO_LABEL.sub("-", declared.name.lower()).strip("-"))
    cluster = ClusterSettings(driver=Driver.CONTEXT, context=declared.context) if declared.context else None
    return Environment(
        name=name,
        names={Dialect.HELMFILE.value: declared.name} if name != declared.name else {},
        cluster=cluster or ClusterSettings(),
        read_from=(ReadFrom(dialect=Dialect.HELMFILE, path=entry.path),),
    )


def _environments(
    members: Iterable[str], texts: Mapping[str, str], files: Collection[str]
) -> tuple[DeclaredEnvironment, ...]:
    found: dict[str, DeclaredEnvironment] = {}
    for member in members:
        for file in (*_named(member, texts[member], "bases", files), member):
            for each in declared_environments(texts.get(file, "")):
                if not found.get(each.name) or each.context:
                    found[each.name] = each
    return tuple(found.values()) or (DEFAULT,)


def _entry_path(path: str) -> str:
    folder, name = posixpath.split(path)
    if name in NAMES:
        return path
    return folder if posixpath.basename(folder) == FOLDER and name.endswith(_SUFFIXES) else ""


def _entry_of(file: str, texts: Mapping[str, str]) -> str:
    """A folder below `helmfile.d` is one to read, too, where its files state releases: helmfile is given its name."""
    return _entry_path(file) or (posixpath.dirname(file) if _is_deeper(file) and states_releases(texts[file]) else "")


def _is_deeper(path: str) -> bool:
    return FOLDER in path.split("/")[:-2] and path.endswith(_SUFFIXES)


def _named(file: str, text: str, key: str, files: Collection[str]) -> Iterator[str]:
    """What *file* names under *key*, patterns and folders included."""
    top = posixpath.dirname(file)
    for written in named_paths(text, key):
        path = posixpath.normpath(posixpath.join(top, written))
        if any(sign in path for sign in "*?["):
            yield from fnmatch.filter(files, path)
        else:
            yield path


def _folders(file: str) -> Iterator[str]:
    """The folder of *file*: who names it names its state files. Not those above."""
    yield posixpath.dirname(file)
