"""What can be wrong in the project file, and in the files beside it that Fairlead itself reads."""

from __future__ import annotations

from typing import Final

from fairlead.model.rule import Rule, Stage


def _rule(rule_id: str, title: str, about: str, *, example: str = "") -> Rule:
    return Rule(id=rule_id, title=title, stage=Stage.PROJECT, about=about, example=example)


RULES: Final = (
    _rule(
        "yaml-syntax",
        "The project file is no YAML",
        "It cannot be read, so that nothing else in it is looked at. Correct the place that is named.",
    ),
    _rule(
        "yaml-tag",
        "A YAML tag in the project file",
        "Tags such as `!include` mean something to one program only, and are refused. Quote text instead.",
        example="project: !name homelab",
    ),
    _rule(
        "unknown-key",
        "A key that the project file does not have",
        "A misspelt key would have no effect and nobody would know. The finding names the nearest key there is.",
        example="components:\n  - name: shop\n    namespce: shop",
    ),
    _rule("missing-key", "A key that must be there is missing", "Add it: see the reference of the project file."),
    _rule("no-value", "A key without a value", "Write a value, or remove the key.", example="components:"),
    _rule("wrong-type", "A value of another type", "Write it as the reference of the project file says."),
    _rule("invalid-value", "A value that does not fit its key", "Write it as the finding says."),
    _rule("unknown-value", "A value that is none of those there are", "Take one of those that the finding lists."),
    _rule("unknown-version", "A project file of another version", "Write `apiVersion: fairlead.dev/v1`."),
    _rule("empty-text", "An empty text", "Write something, or remove the key."),
    _rule("invalid-name", "Not a name", "Names are lower-case letters, digits and `-`, as Kubernetes has them."),
    _rule("invalid-duration", "Not a duration", "Write it like `90s`, `10m` or `1h30m`."),
    _rule("invalid-date", "Not a date", "Write it like `2026-12-31`."),
    _rule("invalid-path", "Not a path in the project", "Paths are relative to the project file, separated by `/`."),
    _rule(
        "path-leaves-project",
        "A path that leaves the project",
        "What lies outside is not part of the commit, so that two machines would deploy two things. Move it inside.",
    ),
    _rule("missing-path", "A path that is not there", "Correct it, or add the file."),
    _rule("invalid-url", "Not a URL that can be used", "URLs hold no credentials: use `helm registry login`."),
    _rule("invalid-cron", "Not a cron time", "Write minute, hour, day, month, weekday, such as `0 17 * * 5`."),
    _rule("invalid-pattern", "Not a regular expression", "Correct it where the finding says."),
    _rule("version-range", "Not a version, or not a range", "Write one version, or a range where one may stand."),
    _rule("invalid-version", "Not a Kubernetes version", "Write it like `1.34`, in quotes."),
    _rule("invalid-value-path", "Not the path of a value", "Write it like `ingress.hosts[0]`."),
    _rule("unknown-expression", "Not an expression of `set:`", "Write `outputs.COMPONENT.NAME` or `global.PATH`."),
    _rule("invalid-image", "Not the name of an image", "Write it without tag and digest."),
    _rule("invalid-user", "Not a user of an image", 'Write numbers, such as `"999:999"`.'),
    _rule("invalid-package", "Not a Debian package", "Write its name, or `name=version`."),
    _rule("invalid-module", "Not the path of a Go module", "Write it without a version."),
    _rule("invalid-target", "Not a target of an HTTP test", "Write `NAMESPACE/SERVICE:PORT/path`."),
    _rule("invalid-workload", "Not a workload", "Write it as the finding says."),
    _rule("invalid-field", "Not a field of an object", "Write it as drift and diff show it, like `.spec.replicas`."),
    _rule("no-field", "An entry that names no field", "Name them, or write `*` for the whole object."),
    _rule("not-two", "A comparison that does not name two environments", "Write it like `[staging, production]`."),
    _rule("two-names", "Two names for one environment", "Use one of them everywhere."),
    _rule("two-meanings", "A group called like an environment", "Rename one of them."),
    _rule("two-groups", "An environment in two groups", "An environment is in one group at most."),
    _rule("unknown-environment", "An environment that does not exist", "Correct the name: the finding lists them."),
    _rule("unknown-component", "A component that does not exist", "Correct the name: the finding names the nearest."),
    _rule("unknown-repository", "A chart repository that is not declared", "Declare it, or correct the name."),
    _rule("unknown-output", "An output that nobody makes", "Name an output of a Terraform or image component."),
    _rule(
        "not-there",
        "Something that does not belong to this environment",
        "A component refers to one that is left out of the same environment. Let both be in it, or neither.",
    ),
    _rule("duplicate-component", "Two components of one name", "Rename one of them."),
    _rule("two-owners", "Two components with one Helm release", "Give one of them another `release` or namespace."),
    _rule("no-source", "A component that has nothing to deploy", "Add one of the kinds that the finding lists."),
    _rule("two-sources", "A component with two sources", "Make two components of it."),
    _rule("no-effect", "A key without effect here", "Remove it: nothing would read it."),
    _rule("no-namespace", "A release without a namespace", "Helm releases live in a namespace: write it."),
    _rule("needs-cycle", "Components that need each other", "Remove one `needs`, or move one to another tier."),
    _rule("needs-later-phase", "A need of something later", "A component can only wait for what comes before it."),
    _rule("promotion-cycle", "Environments promoted from each other", "Promotion has a first environment."),
    _rule("gate-without-source", "A gate where nothing is promoted", "Write `promotedFrom`, or remove the gate."),
)
