"""What can keep a component from being built."""

from __future__ import annotations

from typing import Final

from fairlead.model.finding import Severity
from fairlead.model.rule import Rule, Stage


def _rule(rule_id: str, title: str, about: str, *, severity: Severity = Severity.ERROR, example: str = "") -> Rule:
    return Rule(id=rule_id, title=title, stage=Stage.BUILD, about=about, severity=severity, example=example)


RULES: Final = (
    _rule(
        "input",
        "Something that cannot be used as it is",
        "A component cannot be built, for a reason that has no rule of its own. The finding says what and where.",
    ),
    _rule(
        "not-rendered",
        "A component that could not be judged",
        "It needs something that only phase provision can say. `fairlead plan` checks it once that is known.",
        severity=Severity.WARNING,
    ),
    _rule(
        "template-error",
        "A chart's template fails",
        "The place is that of the template, and the message is Helm's: most often a value that the template reads is"
        " missing or of another type. Write the value, or correct the template.",
        example="# templates/service.yaml\nport: {{ .Values.service.port }}\n# values.yaml has no `service`",
    ),
    _rule(
        "template-not-yaml",
        "What a template renders is no YAML",
        "The template runs, and its output cannot be read: look for wrong indentation (`nindent`), or a value that"
        " needs `quote`.",
    ),
    _rule(
        "values-schema",
        "Values that the chart refuses",
        "The chart has a `values.schema.json`, and the merged values do not fit it.",
    ),
    _rule(
        "chart-missing",
        "A chart that is not there",
        "The path leads to no chart: a chart is a folder with a Chart.yaml, or a .tgz file.",
    ),
    _rule(
        "chart-broken",
        "A chart that Helm cannot load",
        "One of its own files is faulty: Chart.yaml, values.yaml, an archive, or a link that leads out of it.",
    ),
    _rule(
        "chart-dependencies",
        "A chart without its dependencies",
        "What Chart.yaml needs is neither in `charts/` nor settled in Chart.lock. Run `helm dependency update` and"
        " commit Chart.lock.",
    ),
    _rule(
        "chart-version",
        "A chart version that cannot be taken",
        "The repository does not have it, or it is no version. Write one that there is.",
    ),
    _rule(
        "chart-unresolved",
        "A range of chart versions that nobody settled",
        "No lock file says which version it is, so that the release is **not judged**. `fairlead resolve` writes the"
        " lock file. It is a warning where Flux or Argo CD deploys: they take what they find.",
    ),
    _rule(
        "lock-stale",
        "A lock file that disagrees with what it locks",
        "`fairlead.lock.yaml` or a Chart.lock settles something else than the project or Chart.yaml asks for now."
        " Resolve anew and commit the file.",
    ),
    _rule(
        "chart-unavailable",
        "A chart that could not be fetched",
        "Its repository did not answer, so that the release was **not judged**. Nothing is said about it, good or bad.",
        severity=Severity.WARNING,
    ),
    _rule(
        "base-unavailable",
        "Something outside the repository that could not be fetched",
        "The component was **not judged**. Nothing is said about it, good or bad.",
        severity=Severity.WARNING,
    ),
    _rule(
        "base-unresolved",
        "Something on another machine that nobody settled",
        "A kustomization names a repository without a commit in the lock file, or a file by its URL, so that each build"
        " may take another and the component is **not judged**. `fairlead resolve` locks repositories; copy files. It"
        " is a warning where something else than Fairlead deploys: that takes what it finds.",
        example="resources:\n- https://github.com/example/base//deploy?ref=main",
    ),
    _rule(
        "secrets-unreadable",
        "An encrypted file that cannot be read here",
        "No key on this machine opens it, so that what uses it was **not judged**.",
        severity=Severity.WARNING,
    ),
    _rule(
        "kustomize-build",
        "A kustomization that does not build",
        "The message is the innermost cause of kustomize. `kustomize build` on that folder says the same.",
    ),
    _rule(
        "object-twice",
        "A component that renders an object twice",
        "The later one would silently overwrite the earlier. Remove one of them.",
    ),
    _rule(
        "unused-value",
        "A value that no template reads",
        "It has no effect: most often it is misspelt, or stands at the wrong place. Nothing is said where a template of"
        " the chart takes its values as a whole, for then anything may be read.",
        severity=Severity.WARNING,
        example="# the chart reads .Values.service.port\nservice:\n  prot: 8080",
    ),
    _rule(
        "leaking-value",
        "A value that reaches more than one release",
        "`environments/ENVIRONMENT/values.yaml` goes to every release. A name that two charts read changes both, meant"
        " or not.",
        severity=Severity.INFO,
        example="# environments/production/values.yaml\nreplicaCount: 3",
    ),
    _rule(
        "random-value",
        "A value that is made anew at each rendering",
        "Two renderings of the same input differ: each deployment changes the object, restarts what uses it, and a plan"
        " is never empty. Give the chart the value instead, best as a Secret that is there already.",
        severity=Severity.WARNING,
        example="# templates/secret.yaml\npassword: {{ randAlphaNum 16 | b64enc }}",
    ),
    _rule(
        "terraform",
        "Terraform that is faulty",
        "What `tofu` says about the root's files, with its place.",
    ),
)
