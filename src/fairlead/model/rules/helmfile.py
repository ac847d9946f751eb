"""What can be wrong with a helmfile, or keeps it from being judged."""

from __future__ import annotations

from typing import Final

from fairlead.model.finding import Severity
from fairlead.model.rule import Rule, Stage


def _rule(rule_id: str, title: str, about: str, *, severity: Severity = Severity.ERROR, example: str = "") -> Rule:
    return Rule(id=rule_id, title=title, stage=Stage.FILES, about=about, severity=severity, example=example)


RULES: Final = (
    _rule(
        "helmfile-template",
        "A template of a helmfile fails",
        "The message is that of the template, most often a value that the environment does not have. Every release of"
        " that environment waits for it.",
        example="releases:\n- name: {{ .Values.typo.name }}\n  chart: ./charts/web\n",
    ),
    _rule(
        "helmfile-yaml",
        "A helmfile that is no YAML, or has a field that there is not",
        "helmfile refuses fields that it does not know. A file with templates must be named `.yaml.gotmpl`.",
        example="releases:\n- name: web\n  chrt: ./charts/web\n",
    ),
    _rule(
        "helmfile-old",
        "A helmfile that helmfile 1 refuses",
        "It was written for helmfile 0: a template in a file that is not named `.yaml.gotmpl`, `environments` and"
        " `releases` in one part, or settings of helm 2 (tls…, tiller…) under `helmDefaults`. It is read as helmfile 0"
        " did. Rename it, put a line `---` between the two, remove those settings.",
        severity=Severity.WARNING,
        example="environments:\n  production: {}\nreleases:\n- {name: web, chart: ./charts/web}\n",
    ),
    _rule(
        "helmfile-values-missing",
        "A values file that a helmfile names does not exist",
        "Correct the path, which is relative to the helmfile, or say `missingFileHandler: Warn`.",
        example="releases:\n- name: web\n  chart: ./charts/web\n  values: [gone.yaml]\n",
    ),
    _rule(
        "helmfile-file-missing",
        "A base or a nested helmfile does not exist",
        "Correct the path under `bases` or `helmfiles`. It is relative to the file that it stands in.",
        example="helmfiles: [apps/gone.yaml]\n",
    ),
    _rule(
        "helmfile-environment",
        "An environment that a helmfile does not define",
        "Add it under `environments`, or correct `as: {helmfile: NAME}` of the environment.",
    ),
    _rule(
        "helmfile-selector",
        "A selector of a nested helmfile that is none",
        "Write `key=value` or `key!=value`, with commas for and.",
        example="helmfiles:\n- {path: apps.yaml, selectors: [web]}\n",
    ),
    _rule(
        "helmfile-duplicate",
        "Two releases of one name in one namespace",
        "helmfile refuses them. Rename one.",
    ),
    _rule(
        "helmfile-release",
        "A release whose chart or values cannot be told",
        "Its chart is neither a folder nor of a repository under `repositories`, or a path of `set` is none.",
        example="releases:\n- {name: web, chart: unknown/web}\n",
    ),
    _rule(
        "helmfile-needs",
        "A release needs one that is not installed, or that needs it",
        "helmfile goes on where one is not there: the order that `needs` promises is not kept. Of releases that need"
        " each other it installs none; that is an error.",
        severity=Severity.WARNING,
        example="releases:\n- {name: web, chart: ./charts/web, needs: [data/gone]}\n",
    ),
    _rule(
        "helmfile-not-judged",
        "Something that helmfile does and Fairlead does not",
        "A template runs a command or asks a secret store, a variable is not set, a file lies on another machine,"
        " values are encrypted for the environment, or the release is changed after it is rendered. It is named, and"
        " left out.",
        severity=Severity.WARNING,
    ),
    _rule(
        "helmfile-build",
        "A helmfile that helmfile cannot read",
        "For a reason that has no rule of its own. The message is helmfile's.",
    ),
)
