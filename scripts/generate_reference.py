"""Makes docs/reference from the code: command line, project file, exit codes, events, variables, tools.

`python scripts/generate_reference.py` writes the pages; a test fails where a committed page differs.
"""

from __future__ import annotations

import dataclasses
import functools
import sys
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import click

from fairlead.adapters.terraform.environment import PROVIDER_VARIABLES
from fairlead.adapters.tools.table import TABLE
from fairlead.adapters.tools.tool import Fit, Tool
from fairlead.cli.main import cli
from fairlead.formats.event_lines import format_event_json
from fairlead.model.event import Event, EventKind
from fairlead.model.exit_codes import ExitCode, worst
from fairlead.model.plan import Phase
from fairlead.model.run import Outcome
from fairlead.planning.unrecoverable import STATES
from fairlead.readers.project_schema import project_json_schema

FOLDER: Final = Path(__file__).resolve().parents[1] / "docs" / "reference"
MADE_BY: Final = "<!-- Made by scripts/generate_reference.py from the code. Do not edit. -->\n"
WIDTH: Final = 96

EXIT_MEANINGS: Final[Mapping[ExitCode, str]] = {
    ExitCode.DONE: "Done, or nothing to do.",
    ExitCode.FAILED: "A step failed for good, or an outside system did not answer.",
    ExitCode.CHANGES: "There are changes (`plan --detailed-exitcode`), or something drifted (`drift`).",
    ExitCode.REFUSED: "Refused: a conflict, a held lock, a stale saved plan, or not confirmed.",
    ExitCode.INVALID: "The project file, a manifest or a flag is wrong. Files are named with line and column.",
    ExitCode.ROLLED_BACK: "A deployment failed, and `onFailure` took it back: what ran well before runs again.",
    ExitCode.BUG: "A bug in Fairlead. The path of a log with the trace is printed.",
    ExitCode.INTERRUPTED: "Ended by Ctrl-C or SIGTERM. `fairlead resume` continues.",
}

EVENT_MEANINGS: Final[Mapping[EventKind, str]] = {
    EventKind.RUN_STARTED: "The plan is made, nothing is changed yet.",
    EventKind.PHASE_STARTED: "The first step of a phase is about to start.",
    EventKind.STEP_STARTED: "A step starts. Its `begin` is in the record already if it changes something.",
    EventKind.STEP_PROGRESS: "What a step waits for, or a line of what its program says.",
    EventKind.STEP_ENDED: "A step ended, with its `outcome`, its reason in `text` and its `seconds`.",
    EventKind.PHASE_ENDED: "A phase ended. `text` says so where it ran over its budget.",
    EventKind.RUN_ENDED: "The run ended. `text` is its state, or the first cause of its failure.",
}

READ_VARIABLES: Final[Mapping[str, str]] = {
    "FAIRLEAD_ENVIRONMENT": "The environment, where `-e` is not given.",
    "FAIRLEAD_SET": "The same as `--set`, several separated by spaces.",
    "FAIRLEAD_CHART_SOURCE": "The same as `--chart-source`, several separated by spaces.",
    "FAIRLEAD_REPOSITORY": "The same as `--repository`, several separated by spaces.",
    "FAIRLEAD_PLAN": "The same as `deploy --plan`.",
    "FAIRLEAD_NO_COLOR": "The same as `--no-color`. `NO_COLOR` is read too.",
    "TERM": "Missing or `dumb`, there is no colour and no live screen.",
    "FAIRLEAD_DEBUG": "The same as `--debug`. `DEBUG` is read too.",
    "FAIRLEAD": "The program that commands of the project get as `$FAIRLEAD`. Default: how Fairlead was started.",
    "FAIRLEAD_REQUEST_TIMEOUT": "Seconds for one request to an API server. Default: 30.",
    "FAIRLEAD_NODES": "`auto`, `real` or `simulated`: the nodes of embedded clusters, over what the project says.",
    "CI": "Anything: progress is lines, and `local up` installs the packages that real nodes need without asking.",
    "FAIRLEAD_LEASE_TTL": "Seconds that the lock holds without renewal. Default: 30.",
    "XDG_CACHE_HOME": "Tools and charts are kept below `$XDG_CACHE_HOME/fairlead`. Default: `~/.cache`.",
    "XDG_STATE_HOME": "Local clusters, Terraform data and logs are kept below it. Default: `~/.local/state`.",
    "XDG_CONFIG_HOME": "The age keys of sops are looked for below it. Default: `~/.config`.",
    "KUBECONFIG": "Driver `context` reads it as kubectl does, where the environment names no file.",
    "SOPS_AGE_KEY": "Age secret keys for encrypted value files.",
    "SOPS_AGE_KEY_FILE": "A file with such keys.",
    "HTTPS_PROXY": "The proxy to an API server; also `HTTP_PROXY` and `NO_PROXY`, upper or lower case.",
}

GIVEN_VARIABLES: Final[Mapping[str, str]] = {
    "FAIRLEAD_ENVIRONMENT": "The name of the environment.",
    "FAIRLEAD_PROJECT": "The name of the project.",
    "FAIRLEAD_RUN": "The run that the command is part of. `fairlead test` in it needs `--read-only`.",
    "FAIRLEAD": "Fairlead itself as it was started, for scripts that call it.",
    "KUBECONFIG": "The kubeconfig of the environment's cluster.",
    "FAIRLEAD_IMAGE_ARCHIVE": "Tests of an image: its OCI archive.",
    "FAIRLEAD_IMAGE_REFERENCE": "Tests of an image: what it will be called in pods.",
    "FAIRLEAD_IMAGE_ROOT": "Tests of an image: a folder with the files of the image, removed after the test.",
    "FAIRLEAD_IMAGE_PROGRAM": "Tests of an image: its first Go program in that folder.",
    "FAIRLEAD_IMAGE_SOURCE": "Tests of an image: the Go source that it was built from.",
}

MARKING_VARIABLES: Final[Mapping[str, str]] = {
    "FAIRLEAD_CLUSTER": "Set in the processes of a local cluster, so that they are found again. Never read from yours.",
}


def pages() -> dict[str, str]:
    """Each page's file name and whole text."""
    made: Mapping[str, Callable[[], Iterator[str]]] = {
        "command-line.md": command_line,
        "project-file.md": project_file,
        "exit-codes.md": exit_codes,
        "events.md": events,
        "environment-variables.md": environment_variables,
        "tools.md": tools,
        "unrecoverable-states.md": unrecoverable_states,
    }
    return {name: MADE_BY + "\n" + "\n".join(make()).rstrip() + "\n" for name, make in made.items()}


def unrecoverable_states() -> Iterator[str]:
    yield "# States that end a wait\n"
    yield "A wait ends before its timeout when one of these states counts. How that reads and what to do:"
    yield "see [when waiting gives up](../guides/when-waiting-gives-up.md).\n"
    yield "A state must last without a break: one that heals in between starts anew. A state that was there before the"
    yield "step wrote anything may be out of date. It counts from the next try of the cluster on, or after the time in"
    yield "the fourth column.\n"
    yield "| state | what shows it | counts | from before the step | remedy | why so |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for state in STATES:
        before = f"after {state.retry_seconds:g} s" if state.retry_seconds else "the same"
        cells = (f"`{state.name}`", state.shows, state.counts, before, state.remedy, state.source)
        yield f"| {' | '.join(cells)} |"
    yield "\nEverything else ends by the component's `timeout`."


def command_line() -> Iterator[str]:
    yield "# Command line\n"
    yield "The result goes to standard output. Progress, questions and errors go to standard error."
    yield "Values of Secrets are masked as `***`.\n"
    yield "Each flag can be given as a variable: see [environment variables](environment-variables.md)."
    yield "What the exit codes mean: see [exit codes](exit-codes.md).\n"
    for path, command in commands():
        yield f"## {' '.join(path)}\n"
        context = click.Context(
            command, info_name=" ".join(path), terminal_width=WIDTH, help_option_names=["-h", "--help"]
        )
        yield from fence(command.get_help(context))


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it, each group before its members."""
    found: list[tuple[tuple[str, ...], click.Command]] = [(("fairlead",), cli)]
    while found:
        path, command = found.pop(0)
        yield path, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            members = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
            found = [((*path, name), member) for name, member in members if member] + found


def project_file() -> Iterator[str]:
    schema = project_json_schema()
    yield "# Project file\n"
    yield f"`fairlead.yaml`, in the root of what it describes. {schema['description']}\n"
    yield "`fairlead schema` prints the JSON Schema. `fairlead validate` checks the file and says every fault with its"
    yield "line and column. Unknown keys are faults. A key without a value is a fault too.\n"
    yield "Paths are relative to the file and stay below its folder. `{environment}` in a path stands for the"
    yield "environment's name, or for what `as: {values: …}` says.\n"
    yield "Not every key has an effect yet: see the [support table](../support.md).\n"
    yield "## The file\n"
    yield from keys(schema)
    for name, part in schema["$defs"].items():
        if "properties" in part:
            yield f"## {heading(name)}\n"
            yield f"{part.get('description', '')}\n"
            yield from keys(part)


def keys(part: Mapping[str, Any]) -> Iterator[str]:
    needed = set(part.get("required", ()))
    rows = [
        (
            f"`{name}`" + (" (required)" if name in needed else ""),
            kind_of(value),
            f"`{default_of(value)}`" if default_of(value) else "",
            value.get("description", ""),
        )
        for name, value in part["properties"].items()
    ]
    yield from table(("key", "value", "default", "meaning"), rows)


def default_of(value: Mapping[str, Any]) -> str:
    default = value.get("default")
    return str(default).lower() if isinstance(default, bool) else "" if default in (None, [], {}) else str(default)


def kind_of(value: Mapping[str, Any]) -> str:
    """What may stand there, in words: a link where it is a part of its own."""
    if "$ref" in value:
        return kind_of_part(value["$ref"].rpartition("/")[2])
    if "anyOf" in value:
        return " or ".join(kind_of(each) for each in value["anyOf"])
    if "const" in value:
        return f"`{str(value['const']).lower()}`"
    if "enum" in value:
        return ", ".join(f"`{each}`" for each in value["enum"])
    match value.get("type"):
        case "array":
            return f"list of {kind_of(value['items'])}"
        case "object" if isinstance(value.get("additionalProperties"), Mapping):
            return f"map to {kind_of(value['additionalProperties'])}"
        case "object":
            return "map"
        case "string":
            return _kinds_of_text().get(value.get("pattern", ""), "") or example_of(value)
        case "boolean":
            return "`true` or `false`"
        case kind:
            return {"integer": "number"}.get(str(kind), "any value")


def example_of(value: Mapping[str, Any]) -> str:
    examples = value.get("examples", ())
    return f"text, as `{examples[0]}`" if examples else "text"


@functools.cache
def _kinds_of_text() -> Mapping[str, str]:
    """Words for the patterns that many keys share, each found where a key is sure to have it."""
    parts = project_json_schema()["$defs"]
    return {
        parts["ComponentFields"]["properties"]["name"]["pattern"]: "name",
        parts["ComponentFields"]["properties"]["kustomize"]["pattern"]: "path",
        parts["ComponentFields"]["properties"]["timeout"]["pattern"]: "duration, as `90s` or `1h30m`",
        parts["FreezeFields"]["properties"]["reason"]["pattern"]: "text",
    }


def kind_of_part(name: str) -> str:
    part = project_json_schema()["$defs"][name]
    return f"[{heading(name)}](#{heading(name)})" if "properties" in part else kind_of(part)


def heading(name: str) -> str:
    return name.removesuffix("Fields").lower()


def exit_codes() -> Iterator[str]:
    yield "# Exit codes\n"
    yield from table(("exit", "meaning"), [(str(code.value), EXIT_MEANINGS[code]) for code in ExitCode])
    order = sorted(ExitCode, key=lambda code: sum(worst((code, other)) is not code for other in ExitCode))
    yield f"Where a run has several results, the first of these wins: {', '.join(str(c.value) for c in order)}.\n"
    yield "`doctor` and `local status` end with 1 when something is missing. The code never depends on `--output`.\n"


def events() -> Iterator[str]:
    yield "# Events\n"
    yield "`deploy` and `resume` tell what happens as events. Each is one line of JSON in a file that only you can"
    yield "read: `$XDG_STATE_HOME/fairlead/runs/PROJECT/ENVIRONMENT/RUN.jsonl`. `--events-file FILE` appends the same"
    yield "lines to a file of yours. Standard error shows the same events as text, unless `--quiet` is given.\n"
    yield "A reader should ignore fields that it does not know. No event holds a secret.\n"
    yield from table(("kind", "when"), [(f"`{kind}`", EVENT_MEANINGS[kind]) for kind in EventKind])
    yield "## Fields\n"
    yield "Fields without a value are left out.\n"
    hints = typing.get_type_hints(Event)
    fields = [(f"`{field.name}`", type_words(hints[field.name])) for field in dataclasses.fields(Event)]
    yield from table(("field", "value"), [("`schema`", "`fairlead.dev/events/v1`"), *fields])
    yield "## Example\n"
    yield from fence(format_event_json(_EXAMPLE).decode(), language="json")


_EXAMPLE: Final = Event(
    time=datetime(2026, 11, 22, 8, 0, 32, tzinfo=UTC),
    kind=EventKind.STEP_ENDED,
    run="20261122-080029-1b6307",
    environment="local",
    phase=Phase.DEPLOY,
    step="gateway",
    outcome=Outcome.CHANGED,
    text="revision 1, 2 objects as they should be",
    seconds=0.6,
)


def type_words(hint: Any) -> str:
    options: list[Any] = [option for option in typing.get_args(hint) if option is not types.NoneType] or [hint]
    kind = options[0]
    if kind is EventKind:
        return "one of the kinds above"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f"`{member}`" for member in kind)
    words: Mapping[Any, str] = {datetime: "time, UTC, as in RFC 3339", float: "number, a duration in seconds"}
    return words.get(kind, "text")


def environment_variables() -> Iterator[str]:
    yield "# Environment variables\n"
    yield "## Read by Fairlead\n"
    yield from table(("variable", "meaning"), [(f"`{name}`", said) for name, said in READ_VARIABLES.items()])
    yield "## One for each flag\n"
    yield "`FAIRLEAD_`, the verb, the flag: in capitals, joined by `_`, such as `FAIRLEAD_DEPLOY_PARALLELISM=2`."
    yield "A flag on the command line wins. These are called otherwise than their flags:\n"
    yield from table(("command", "flag", "variable"), list(odd_flag_variables()))
    yield "## Given to checks and tests\n"
    yield "Commands of the project (`check`, `test: {command: …}`, and words after the flags of `deploy`) run from the"
    yield "project's folder with a clean environment: search path, home, language, certificates, proxies, and these:\n"
    yield from table(("variable", "meaning"), [(f"`{name}`", said) for name, said in GIVEN_VARIABLES.items()])
    yield "## Given to a local cluster\n"
    yield from table(("variable", "meaning"), [(f"`{name}`", said) for name, said in MARKING_VARIABLES.items()])
    yield "## Passed on to Terraform\n"
    yield "Providers take their credentials from the environment. These pass, and no others:\n"
    yield ", ".join(f"`{pattern}`" for pattern in PROVIDER_VARIABLES) + ".\n"
    yield "`TF_WORKSPACE`, `TF_CLI_ARGS` and `TF_DATA_DIR` never pass: they would move the state, or a flag under ours."


def odd_flag_variables() -> Iterator[tuple[str, str, str]]:
    for path, command in commands():
        for option in command.params:
            if not isinstance(option, click.Option) or option.envvar or not option.expose_value or not option.name:
                continue
            flag = max(option.opts, key=len)
            if option.name != flag.lstrip("-").replace("-", "_"):
                variable = "_".join(("FAIRLEAD", *path[1:], option.name)).upper()
                yield f"`{' '.join(path)}`", f"`{flag}`", f"`{variable}`"


def tools() -> Iterator[str]:
    yield "# Tools\n"
    yield "A tool is looked for on `PATH`, then in the cache, then it is built from the Go module proxy. The checksum"
    yield "of every module is in the package. Only what a project needs is built. `fairlead tools list` says where each"
    yield "tool is now, `fairlead tools install` makes what is missing.\n"
    yield "A program on `PATH` is taken at the versions named here, never at a pre-release:\n"
    yield from table(
        ("tool", "pinned", "taken from PATH", "built from", "needs Go"),
        [(tool.name, tool.version, taken(tool), built_from(tool), tool.build.go) for tool in TABLE.values()],
    )
    if not any(tool.download and tool.download.sha256 for tool in TABLE.values()):
        yield "Official downloads come between cache and build. No download has its checksum in the table yet, so that"
        yield "none is tried.\n"


def taken(tool: Tool) -> str:
    major, minor, _ = tool.version.split(".")
    return f"any {major}" if tool.fits is Fit.MAJOR else f"{tool.version} or a later {major}.{minor}"


def built_from(tool: Tool) -> str:
    build = tool.build
    if build.main:
        return f"one program, `{build.name}`, called by {len(build.links)} names"
    return f"`{build.packages[tool.name]}`"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'|'.join(' --- ' for _ in head)}|"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', '&#124;') for cell in row)} |"
    yield ""


def fence(text: str, *, language: str = "text") -> Iterator[str]:
    yield f"```{language}"
    yield from (line.rstrip() for line in text.splitlines())
    yield "```\n"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
