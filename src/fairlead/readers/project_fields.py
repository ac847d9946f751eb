"""The kinds of text a project file holds: names, paths, durations, versions, URLs, freeze times.

Each is checked twice by one rule: by the reader, with a sentence, and by the pattern in the JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Final, NoReturn
from urllib.parse import urlsplit

from pydantic import AfterValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from fairlead.formats.http_target import HTTP_TARGET, parse_http_target
from fairlead.formats.version_range import parse_range
from fairlead.model.errors import InputError
from fairlead.planning.value_expression import parse_expression
from fairlead.planning.value_path import parse_path

_LABEL: Final = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
_WORD: Final = r"^[A-Za-z0-9]([-A-Za-z0-9_.]{0,98}[A-Za-z0-9])?$"
_WORDS: Final = rf"{_WORD[:-1]}(/[A-Za-z0-9]([-A-Za-z0-9_.]{{0,98}}[A-Za-z0-9])?){{0,9}}$"
_DURATION: Final = r"^([0-9]{1,9}(\.[0-9]{1,3})?(ms|d|h|m|s))+$"
_VERSION: Final = (
    r"^v?(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z][-0-9A-Za-z.]*)?(\+[0-9A-Za-z][-0-9A-Za-z.]*)?$"
)
_RANGE: Final = r"^[-\s0-9A-Za-z.*+|,<>=!~^]*[0-9xX*][-\s0-9A-Za-z.*+|,<>=!~^]*$"
_KUBERNETES: Final = r"^1\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?$"
_URL: Final = r"^(https?|oci)://[^\s/?#@]+(/[^\s?#]*)?$"
_PATH: Final = r"^(?!/|~)(?!(.*/)?\.\.(/|$))(\{environment\}|[^{}\\\u0000-\u001f])+$"
_FILE_OF_USER: Final = r"^(?!(.*/)?\.\.(/|$))[^\u0000-\u001f]+$"
_TEXT: Final = r"^[\s\S]+$"
_CHART: Final = rf"^(oci://[^\s/?#@]+/[^\s?#]+$|{_PATH.removeprefix('^')})"
_DNS_NAME: Final = (
    r"^([A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.){0,20}[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?\.?$"
)
_IMAGE_PATH: Final = r"^(?!(.*/)?\.\.?(/|$))/[^\s\u0000-\u001f]+$"
_IMAGE_PART: Final = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_IMAGE_HOST: Final = r"[A-Za-z0-9][-A-Za-z0-9.]*(?::[0-9]{1,5})?"
_IMAGE_NAME: Final = rf"^(?:{_IMAGE_HOST}/)?{_IMAGE_PART}(?:/{_IMAGE_PART})*$"
_IMAGE_REPOSITORY: Final = rf"^(?=[^/]*[.:]|localhost/){_IMAGE_HOST}(?:/{_IMAGE_PART})+$"
_IMAGE_USER: Final = r"^[0-9]{1,10}(:[0-9]{1,10})?$"
_DEBIAN_PACKAGE: Final = r"^[a-z0-9][-a-z0-9+.]+(=[0-9A-Za-z.+:~-]+)?$"
_MODULE: Final = r"^[A-Za-z0-9][-A-Za-z0-9._~]*(/[-A-Za-z0-9._~]+)*$"
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART_OF_DURATION: Final = re.compile(r"([0-9.]+)(ms|d|h|m|s)")
_PART_OF_CRON: Final = re.compile(r"(?:\*|(?P<low>[0-9]{1,2})(?:-(?P<high>[0-9]{1,2}))?)(?:/[1-9][0-9]?)?")
_CRON_RANGES: Final = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day of the month": (1, 31),
    "month": (1, 12),
    "day of the week": (0, 7),
}


def refuse(rule: str, message: str, hint: str = "") -> NoReturn:
    """Raise what pydantic collects; *rule* becomes the finding's."""
    raise PydanticCustomError("fairlead", "{message}", {"rule": rule, "message": message, "hint": hint})


def parse_duration(text: object) -> float:
    """Seconds of `90s`, `2m`, `1h30m`, `7d`, `500ms`. Raises InputError."""
    if not isinstance(text, str) or not re.fullmatch(_DURATION, text):
        is_number = str(text).replace(".", "", 1).isdigit()
        hint = f"write the unit too, e.g. {text}s" if is_number else "write it like 90s, 2m, 1h30m or 7d"
        raise InputError(f"not a duration: {text}", hint=hint)
    return sum(float(number) * _SECONDS[unit] for number, unit in _PART_OF_DURATION.findall(text))


def _duration(value: object) -> float:
    try:
        return parse_duration(value)
    except InputError as err:
        refuse("invalid-duration", err.message, err.hint)


def _matching(pattern: str, rule: str, what: str, hint: str) -> Callable[[str], str]:
    matcher = re.compile(pattern, re.DOTALL)

    def check(value: str) -> str:
        if not matcher.fullmatch(value):
            refuse(rule, f"{what}: {value!r}", hint)
        return value

    return check


def _path(value: str) -> str:
    if re.match(r"[a-z0-9+]+://", value):
        refuse("invalid-path", f"not a path in the project: {value!r}", "fetch it into the project, and name it there")
    if value.startswith(("/", "~")) or ".." in value.split("/"):
        refuse("path-leaves-project", f"the path leaves the project: {value!r}", "write it relative to this file")
    if re.search(r"[{}]", value.replace("{environment}", "")):
        refuse("invalid-path", f"unknown placeholder in {value!r}", "{environment} is the only one")
    if not re.fullmatch(_PATH, value):
        refuse("invalid-path", f"not a path: {value!r}", "separate folders by `/`")
    parts = [part for part in value.split("/") if part not in ("", ".")]
    return "/".join(parts) or "."


def _file_of_user(value: str) -> str:
    if ".." in value.split("/"):
        refuse("path-leaves-project", f"the path leaves the project: {value!r}", "write it absolute, or from ~/")
    if not re.fullmatch(_FILE_OF_USER, value):
        refuse("invalid-path", f"not a path: {value!r}")
    return value


def _url(value: str) -> str:
    try:
        parts = urlsplit(value)
        has_credentials = "@" in parts.netloc
    except ValueError:
        refuse("invalid-url", f"not a URL: {value!r}")
    if has_credentials:
        refuse("invalid-url", "the URL holds credentials", "keep them out of the repository: helm registry login")
    if not re.fullmatch(_URL, value):
        refuse("invalid-url", f"not the URL of a chart repository: {value!r}", "write https://… or oci://…")
    return value.rstrip("/")


def _repository(value: str) -> str:
    return _url(value) if "://" in value else _label(value)


def _chart(value: str) -> str:
    return _url(value) if value.startswith("oci://") else _path(value)


def _cron(value: str) -> str:
    fields = value.split()
    if len(fields) != len(_CRON_RANGES):
        refuse("invalid-cron", f"not a cron time: {value!r}", "write minute, hour, day, month, weekday: 0 17 * * 5")
    for text, (name, allowed) in zip(fields, _CRON_RANGES.items(), strict=True):
        if not all(_is_cron_part(part, *allowed) for part in text.split(",")):
            refuse(
                "invalid-cron",
                f"{text!r} cannot be the {name} of a cron time",
                f"numbers go from {allowed[0]} to {allowed[1]}",
            )
    return " ".join(fields)


def _is_cron_part(text: str, low: int, high: int) -> bool:
    match = _PART_OF_CRON.fullmatch(text)
    if not match:
        return False
    first = int(match["low"] or low)
    return low <= first <= int(match["high"] or first) <= high


def _accepted_by(parse: Callable[[str], Any], rule: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        try:
            parse(value)
        except InputError as err:
            refuse(rule, err.message, err.hint)
        return value

    return check


def _text(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


_LABEL_HINT: Final = "use at most 63 lower-case letters, digits and `-`, starting and ending with a letter or digit"
_VERSION_HINT: Final = "write one version, such as 1.2.3: a range would render differently tomorrow"
_label: Final = _matching(_LABEL, "invalid-name", "not a name", _LABEL_HINT)

Label = Annotated[str, AfterValidator(_label), _text(_LABEL, "shop")]
"""An RFC 1123 label."""
Word = Annotated[
    str,
    AfterValidator(_matching(_WORD, "invalid-name", "not a name", "use letters, digits, `-`, `_` and `.`")),
    _text(_WORD, "development"),
]
WordPath = Annotated[
    str,
    AfterValidator(_matching(_WORDS, "invalid-name", "not a name", "use letters, digits, `-`, `_` and `.`")),
    _text(_WORDS, "development", "production/eu"),
]
"""Names of folders, one in another."""
Duration = Annotated[float, PlainValidator(_duration), _text(_DURATION, "90s", "2m", "1h30m", "24h")]
"""Seconds."""
ExactVersion = Annotated[
    str,
    AfterValidator(_matching(_VERSION, "version-range", "not an exact version", _VERSION_HINT)),
    _text(_VERSION, "0.16.1"),
]
ChartVersion = Annotated[
    str,
    AfterValidator(_accepted_by(parse_range, "version-range")),
    _text(_RANGE, "0.16.1", "~0.16", "^1", ">=1 <2"),
]
"""One version, or a range as helm takes it."""
KubernetesVersion = Annotated[
    str,
    AfterValidator(_matching(_KUBERNETES, "invalid-version", "not a Kubernetes version", "write it like 1.34")),
    _text(_KUBERNETES, "1.34", "1.34.2"),
]
ProjectPath = Annotated[str, AfterValidator(_path), _text(_PATH, "clusters/{environment}/applications/pages")]
"""Relative to the project's folder, never leaving it; `{environment}` is the only placeholder."""
Chart = Annotated[str, AfterValidator(_chart), _text(_CHART, "charts/shop", "metallb/metallb")]
"""A folder of the project, `repository/name`, or `oci://…`."""
UserPath = Annotated[str, AfterValidator(_file_of_user), _text(_FILE_OF_USER, "~/.kube/config")]
Url = Annotated[
    str, AfterValidator(_url), _text(_URL, "https://charts.example.test", "oci://registry.example.test/charts")
]
Repository = Annotated[
    str, AfterValidator(_repository), _text(f"{_LABEL}|{_URL}", "metallb", "https://charts.example.test")
]
"""A name under `repositories`, or a URL."""
Cron = Annotated[str, AfterValidator(_cron), _text(r"^\s*\S+(\s+\S+){4}\s*$", "0 17 * * 5")]
Text = Annotated[str, AfterValidator(_matching(_TEXT, "empty-text", "empty text", "")), _text(_TEXT, "weekend")]
ValuePath = Annotated[str, AfterValidator(_accepted_by(parse_path, "invalid-value-path")), _text(_TEXT, "ingress.host")]
Expression = Annotated[
    str,
    AfterValidator(_accepted_by(parse_expression, "unknown-expression")),
    _text(r"^(outputs\.[^.]+\..+|global\..+)$", "outputs.cluster.host", "global.replicas.min"),
]


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as err:
        refuse("invalid-pattern", f"not a regular expression: {value!r}: {err}")
    return value


ImagePath = Annotated[
    str,
    AfterValidator(_matching(_IMAGE_PATH, "invalid-path", "not a path in an image", "start with `/`, without `..`")),
    _text(_IMAGE_PATH, "/usr/bin/shop"),
]
"""Absolute, in an image."""
ImageName = Annotated[
    str,
    AfterValidator(
        _matching(_IMAGE_NAME, "invalid-image", "not the name of an image", "write it without tag and digest")
    ),
    _text(_IMAGE_NAME, "docker.io/library/redis", "shop"),
]
ImageRepository = Annotated[
    str,
    AfterValidator(
        _matching(
            _IMAGE_REPOSITORY, "invalid-image", "not a repository", "write it like registry.example.test/team/shop"
        )
    ),
    _text(_IMAGE_REPOSITORY, "registry.example.test/team/shop"),
]
"""With the registry's host, without tag."""
ImageUser = Annotated[
    str,
    AfterValidator(_matching(_IMAGE_USER, "invalid-user", "not a user", 'write numbers, such as "999" or "999:999"')),
    _text(_IMAGE_USER, "999", "999:999"),
]
DebianPackage = Annotated[
    str,
    AfterValidator(
        _matching(_DEBIAN_PACKAGE, "invalid-package", "not a Debian package", "write its name, or name=version")
    ),
    _text(_DEBIAN_PACKAGE, "redis-server", "redis-server=5:7.0.15-1~deb12u6"),
]
ModulePath = Annotated[
    str,
    AfterValidator(_matching(_MODULE, "invalid-module", "not the path of a Go module", "write it without a version")),
    _text(_MODULE, "github.com/example/shop"),
]
HttpTargetText = Annotated[
    str,
    AfterValidator(_accepted_by(parse_http_target, "invalid-target")),
    _text(HTTP_TARGET, "shop/web:80/healthz"),
]
"""`NAMESPACE/SERVICE:PORT/path`."""
Pattern = Annotated[str, AfterValidator(_pattern), _text(_TEXT, "^ok")]
"""A regular expression of Python's."""
DnsName = Annotated[
    str,
    AfterValidator(_matching(_DNS_NAME, "invalid-name", "not a DNS name", "write it like web.shop, or example.org.")),
    _text(_DNS_NAME, "web.shop"),
]
