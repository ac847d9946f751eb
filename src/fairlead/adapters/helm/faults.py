"""helm's standard error -> our errors: one sentence of cause, with the place in the chart where helm names one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from fairlead.model.errors import FairleadError, InputError, MissingKinds, Refused, StepFailed, Unavailable
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass

_ERROR: Final = re.compile(r"^Error: ", re.MULTILINE)
_NOISE: Final = re.compile(r"\n+Use --debug flag to render out invalid YAML\s*\Z")
_TRACE: Final = re.compile(r"\s+goroutine \d+ \[.*", re.DOTALL)
_NO_MAP: Final = re.compile(
    r"(?:while decoding JSON: )?json: cannot unmarshal (\w+) into Go value of type \S+(?: \{\})?"
)
_ACTION: Final = re.compile(r"\A(?:UPGRADE|INSTALLATION|INSTALL) FAILED: ")

_NO_KIND: Final = re.compile(r'no matches for kind "([^"]+)" in version "([^"]+)"')
_CALLED: Final = re.compile(
    r"(?:execution|parse) error at \((?P<file>[^:()]+):(?P<line>\d+)(?::(?P<column>\d+))?\): (?P<why>.+)", re.DOTALL
)
_FRAME: Final = re.compile(r"^\s*(?P<file>[^\s:]+):(?P<line>\d+)(?::(?P<column>\d+))?\s*$", re.MULTILINE)
_AT: Final = re.compile(r"at <(.+)>")
_NOT_YAML: Final = re.compile(
    r"YAML parse error on (?P<file>\S+): (?:error [a-zA-Z ]+: )*(?:yaml: )?(?P<why>.+)", re.DOTALL
)
_SCHEMA: Final = re.compile(
    r"values don't meet the specifications of the schema\(s\) in the following chart\(s\):\n(?P<why>.+)", re.DOTALL
)
_LOAD: Final = re.compile(
    r"cannot load (?P<file>[\w./-]+): (?:error [a-zA-Z ]+: |cannot unmarshal yaml document: )*"
    r"(?:yaml: )?(?:line (?P<line>\d+): )?(?P<why>.+)",
    re.DOTALL,
)
_METADATA: Final = re.compile(r"validation: (?P<why>chart\.metadata\b.+)", re.DOTALL)
_DEPENDENCIES: Final = re.compile(r"found in Chart\.yaml, but missing in charts/ directory: (?P<names>.+)")

_CONFLICT: Final = re.compile(r'conflicts? with "(?P<manager>[^"]+)"[^:]*:\s*(?P<fields>(?:\s*(?:- )?\.[^\n]+)+)')
_HOOK: Final = re.compile(r"\b(?:pre|post)-\w+ hooks? failed|failed \w+-\w+:")
_CONFLICTING: Final = re.compile(r"while applying object (?P<name>\S+) \S+, Kind=(?P<kind>\w+):")
_OWNED: Final = re.compile(r'(?P<ref>\w+ "[^"]+"(?: in namespace "[^"]+")?) exists and cannot be imported', re.DOTALL)
_UNREACHABLE: Final = (
    "cluster unreachable",
    "connection refused",
    "connection reset",
    "no such host",
    "i/o timeout",
    "TLS handshake timeout",
    ": EOF",
)
_WEBHOOK: Final = re.compile(r"failed calling webhook|failed to call webhook|conversion webhook for|denied the request")
"""A webhook's own trouble ("connection refused") is none of the API server."""
_PENDING: Final = ("another operation (install/upgrade/rollback) is in progress", "release: already exists")
_NO_REVISION: Final = re.compile(r"release: not found|release has no \d+ version|has no revision")
_NAME_IN_USE: Final = "cannot reuse a name that is still in use"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    pattern: re.Pattern[str]
    make: Callable[[re.Match[str]], InputError]


def helm_message(stderr: str) -> str:
    """What helm says after its `Error:`, without log lines before it, its action's name and its advice."""
    found = _ERROR.search(stderr)
    text = stderr[found.end() :] if found else stderr
    return _ACTION.sub("", _TRACE.sub("", _NOISE.sub("", text.strip()))).strip()


def chart_fault(stderr: str, *, chart: str) -> FairleadError:
    """Why *chart* does not render: InputError, or Unavailable where a cluster was asked and did not answer."""
    message = helm_message(stderr)
    if kinds := _NO_KIND.findall(message):
        return MissingKinds(tuple(sorted({(version, kind) for kind, version in kinds})))
    for reader in _READERS:
        if match := reader.pattern.search(message):
            return reader.make(match)
    return _unreachable(message) or InputError(
        f"the chart {chart} does not render: {_one_line(message)}",
        hint="try `fairlead render` on this component alone",
        rule=_TEMPLATE,
    )


def write_fault(stderr: str, *, release: str, chart: str) -> FairleadError:
    """Why a release was not written. StepFailed unless it is the chart's, the cluster's or another writer's doing."""
    message = helm_message(stderr)
    if any(text in message for text in (*_PENDING, _NAME_IN_USE)):
        return Refused(
            f"another helm operation on release {release} is in progress, or was killed",
            hint="wait for it; if nothing runs any more, the next `fairlead deploy` repairs the release",
        )
    if match := _OWNED.search(message):
        return Refused(
            f"{match['ref']} exists and does not belong to release {release}",
            hint="adopt it into the release, or remove it",
        )
    if _CONFLICT.search(message):
        return _conflict(message, release=release)
    if _HOOK.search(message):
        return StepFailed(
            f"release {release}: {_one_line(message)}", hint="see the hook's pods and events, then run again"
        )
    if _WEBHOOK.search(message):
        return StepFailed(
            f"helm did not write release {release}: {_one_line(message)}",
            hint="see the pods behind the webhook's Service, or the rule that refuses the object",
        )
    if any(reader.pattern.search(message) for reader in _READERS) or _NO_KIND.search(message):
        return chart_fault(stderr, chart=chart)
    return _unreachable(message) or StepFailed(
        f"helm did not write release {release}: {_one_line(message)}", hint="see `helm history`, then run again"
    )


def rollback_fault(stderr: str, *, release: str, revision: int) -> FairleadError:
    """Why a release did not return to *revision*; Refused where helm does not have it any more."""
    if _NO_REVISION.search(helm_message(stderr)):
        return Refused(
            f"helm keeps revision {revision} of release {release} no more",
            hint="check out the commit of that bundle and deploy it",
        )
    return write_fault(stderr, release=release, chart=release)


def uninstall_fault(stderr: str, *, release: str) -> FairleadError:
    """Why a release was not uninstalled."""
    message = helm_message(stderr)
    return _unreachable(message) or StepFailed(
        f"helm did not uninstall release {release}: {_one_line(message)}",
        hint="see `helm history` and the pods of its hooks, then run again",
    )


def _conflict(message: str, *, release: str) -> StepFailed:
    object_name = _CONFLICTING.search(message)
    where = f"{object_name['kind']} {object_name['name']}" if object_name else f"release {release}"
    owners = [
        f"{', '.join(line.strip().removeprefix('- ') for line in match['fields'].splitlines())} by {match['manager']}"
        for match in _CONFLICT.finditer(message)
    ]
    return StepFailed(
        f"{where} was changed by others where release {release} states a value: {'; '.join(owners)}",
        hint="take the change into the project, or deploy with --force-conflicts to revert it",
    )


def _unreachable(message: str) -> Unavailable | None:
    if not any(text in message for text in _UNREACHABLE):
        return None
    return Unavailable(
        f"the cluster did not answer helm: {_one_line(message)}", hint="check the context and the network"
    )


def _called(match: re.Match[str]) -> InputError:
    return InputError(_one_line(match["why"]), hint=_VALUES_HINT, location=_place(match), rule=_TEMPLATE)


def _frames(match: re.Match[str]) -> InputError:
    """A template error as helm 4 prints it: one frame for each `include`, the cause last."""
    innermost = list(_FRAME.finditer(match.string))[-1]
    lines = [line.strip() for line in match.string[innermost.end() :].splitlines() if line.strip()]
    why = lines[-1] if lines else "the template fails"
    at = _AT.search(match.string, innermost.end())
    said = f"{why} (at {at[1]})" if at else why
    return InputError(said, hint=_VALUES_HINT, location=_place(innermost), rule=_TEMPLATE)


def _not_yaml(match: re.Match[str]) -> InputError:
    return InputError(
        f"what the template renders is no YAML: {_one_line(match['why'])} (lines of the output)",
        hint="look for wrong indentation, or a value that needs quotes",
        location=Location(match["file"]),
        rule="template-not-yaml",
    )


def _schema(match: re.Match[str]) -> InputError:
    lines = [line.strip().removeprefix("- at ") for line in match["why"].splitlines() if line.strip()]
    faults = "; ".join(sorted(line for line in lines if not line.endswith(":")))
    charts = ", ".join(line.removesuffix(":") for line in lines if line.endswith(":"))
    return InputError(
        f"the values do not fit the schema of chart {charts}: {faults}",
        hint="correct them where `render --explain` says",
        rule="values-schema",
    )


def _load(match: re.Match[str]) -> InputError:
    return InputError(
        f"helm cannot read it: {_one_line(match['why'])}",
        hint="correct the file",
        location=Location(match["file"], int(match["line"] or 0), 1 if match["line"] else 0),
        rule="chart-broken",
    )


def _metadata(match: re.Match[str]) -> InputError:
    return InputError(
        f"helm refuses the chart: {_one_line(match['why'])}", hint="correct Chart.yaml", rule="chart-broken"
    )


def _dependencies(match: re.Match[str]) -> InputError:
    return InputError(
        f"the chart lacks its dependencies {_one_line(match['names'])}",
        hint="run `helm dependency update` and commit Chart.lock",
        rule="chart-dependencies",
    )


def _place(match: re.Match[str]) -> Location:
    # helm counts columns from 0 where it gives one.
    return Location(match["file"], int(match["line"]), int(match["column"] or 0) + 1)


def _one_line(text: str) -> str:
    return _NO_MAP.sub(r"a document is no map but of type \1", " ".join(text.split()))


_TEMPLATE: Final = "template-error"
_VALUES_HINT: Final = "correct the values of this component, or the template"
_READERS: Final = (
    _Reader(pattern=_DEPENDENCIES, make=_dependencies),
    _Reader(pattern=_METADATA, make=_metadata),
    _Reader(pattern=_SCHEMA, make=_schema),
    _Reader(pattern=_CALLED, make=_called),
    _Reader(pattern=_NOT_YAML, make=_not_yaml),
    _Reader(pattern=_LOAD, make=_load),
    _Reader(pattern=_FRAME, make=_frames),
)
