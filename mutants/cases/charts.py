"""Faults of charts and of the values that they are given. Helm must run to see them."""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant

PROJECT: Final = "fairlead.yaml"
VALUES: Final = "values/web.yaml"
DEFAULTS: Final = "charts/web/values.yaml"
WEB: Final = "charts/web/templates/web.yaml"
API: Final = "charts/api/templates/api.yaml"
SHARED: Final = "environments/staging/values.yaml"
_LOCK: Final = """schema: fairlead.dev/lock/v1
components:
  web:
    chart:
      name: {name}
      repository: https://charts.example.test
      range: {wanted}
      version: {version}
      digest: sha256:{digest}
"""
_FETCHED: Final = 'helm: {chart: web, repository: "https://charts.example.test", version: ~2}'
_LOCAL: Final = "helm: {chart: charts/web, valueFiles: [values/web.yaml]}"


def _locks(*, name: str = "web", wanted: str = "~2", version: str = "2.0.0") -> dict[str, str]:
    text = _LOCK.format(name=name, wanted=wanted, version=version, digest="a" * 64)
    return {f"environments/{e}/fairlead.lock.yaml": text for e in ("staging", "production")}


def _mutant(
    rule: str,
    name: str,
    *,
    swaps: dict[str, tuple[str, str]] | None = None,
    adds: dict[str, str] | None = None,
    removes: tuple[str, ...] = (),
) -> Mutant:
    return Mutant(rule=rule, name=name, swaps=swaps or {}, adds=adds or {}, removes=removes, needs_tools=True)


MUTANTS: Final = (
    _mutant(
        "template-error",
        "a value missing",
        swaps={WEB: ("{{ .Values.greeting | quote }}", '{{ required "a size" .Values.size }}{{ .Values.greeting }}')},
    ),
    _mutant(
        "template-error",
        "a value of a map that is not there",
        swaps={WEB: (".Values.greeting", ".Values.greeting.text.size")},
    ),
    _mutant("template-error", "an unknown function", swaps={WEB: ("| quote }}\n  size", "| quoted }}\n  size")}),
    _mutant("template-not-yaml", "wrong indentation", swaps={WEB: ("nindent 4", "indent 1")}),
    _mutant(
        "template-not-yaml",
        "no quotes",
        swaps={API: ("{{ .Values.replicaCount | quote }}", "a: {{ .Values.replicaCount }}")},
    ),
    _mutant("template-not-yaml", "a bracket", swaps={API: ("name: api", "name: {api")}),
    _mutant(
        "values-schema",
        "a word for a number",
        adds={"charts/api/values.schema.json": '{"properties": {"replicaCount": {"type": "string"}}}'},
    ),
    _mutant("values-schema", "a value missing", adds={"charts/api/values.schema.json": '{"required": ["host"]}'}),
    _mutant(
        "values-schema",
        "a value too many",
        adds={"charts/web/values.schema.json": '{"properties": {"labels": {"maxProperties": 0}}}'},
    ),
    _mutant("missing-path", "no Chart.yaml", removes=("charts/web/Chart.yaml",)),
    _mutant("missing-path", "an empty folder", swaps={PROJECT: ("chart: charts/api", "chart: charts")}),
    _mutant("missing-path", "only templates", swaps={PROJECT: ("chart: charts/api", "chart: charts/api/templates")}),
    _mutant(
        "chart-unavailable",
        "nobody there",
        swaps={
            PROJECT: (
                _LOCAL,
                _FETCHED.replace("~2", "2.0.0").replace("https://charts.example.test", "http://127.0.0.1:9"),
            )
        },
    ),
    _mutant(
        "chart-unavailable",
        "of another release",
        swaps={
            PROJECT: (
                "helm: {chart: charts/api}",
                'helm: {chart: api, repository: "http://127.0.0.1:9", version: 1.0.0}',
            )
        },
    ),
    _mutant(
        "chart-unavailable",
        "by TLS",
        swaps={
            PROJECT: (
                "helm: {chart: charts/api}",
                'helm: {chart: api, repository: "https://127.0.0.1:9", version: 1.0.0}',
            )
        },
    ),
    _mutant("chart-broken", "Chart.yaml", swaps={"charts/web/Chart.yaml": ("version: 1.0.0", "version: one")}),
    _mutant("chart-broken", "no name", swaps={"charts/api/Chart.yaml": ("name: api\n", "")}),
    _mutant("chart-broken", "its values", adds={"charts/api/values.yaml": "replicaCount: [1\n"}),
    _mutant(
        "chart-dependencies",
        "not there",
        swaps={
            "charts/web/Chart.yaml": (
                "version: 1.0.0\n",
                "version: 1.0.0\ndependencies: [{name: redis, version: 1.0.0}]\n",
            )
        },
    ),
    _mutant(
        "chart-dependencies",
        "a range without a lock",
        swaps={
            "charts/web/Chart.yaml": (
                "version: 1.0.0\n",
                'version: 1.0.0\ndependencies: [{name: redis, version: ~1, repository: "https://charts.example.test"}]\n',
            )
        },
    ),
    _mutant(
        "chart-dependencies",
        "a folder that is not there",
        swaps={
            "charts/api/Chart.yaml": (
                "version: 1.0.0\n",
                'version: 1.0.0\ndependencies: [{name: redis, version: 1.0.0, repository: "file://../redis"}]\n',
            )
        },
    ),
    _mutant("chart-unresolved", "a range without a lock file", swaps={PROJECT: (_LOCAL, _FETCHED)}),
    _mutant("chart-unresolved", "any", swaps={PROJECT: (_LOCAL, _FETCHED.replace("~2", '"*"'))}),
    _mutant("chart-unresolved", "newer than", swaps={PROJECT: (_LOCAL, _FETCHED.replace("~2", '">=2"'))}),
    _mutant(
        "lock-stale", "an older version", swaps={PROJECT: (_LOCAL, _FETCHED)}, adds=_locks(wanted="~1", version="1.0.0")
    ),
    _mutant("lock-stale", "a newer version", swaps={PROJECT: (_LOCAL, _FETCHED)}, adds=_locks(version="3.0.0")),
    _mutant("lock-stale", "another chart", swaps={PROJECT: (_LOCAL, _FETCHED)}, adds=_locks(name="webs")),
    _mutant("unused-value", "misspelt", swaps={VALUES: ("port: 8080", "prot: 8080")}),
    _mutant(
        "unused-value",
        "at the wrong place",
        swaps={VALUES: ("service: {port: 8080}", "service: {port: 8080}\nlisten: 8080")},
    ),
    _mutant("unused-value", "of another chart", adds={"environments/production/api.yaml": "replicas: 3\n"}),
    _mutant("unused-value", "of nobody, for all", adds={SHARED: "replicaCount: 2\nreplicas: 3\n"}),
    _mutant(
        "leaking-value",
        "a word",
        adds={SHARED: "greeting: hi\n"},
        swaps={API: ("\ndata:\n", "\ndata:\n  greeting: {{ .Values.greeting | quote }}\n")},
    ),
    _mutant(
        "leaking-value",
        "a number",
        swaps={WEB: ("\ndata:\n", "\ndata:\n  replicas: {{ .Values.replicaCount | quote }}\n")},
    ),
    _mutant(
        "leaking-value",
        "a map",
        adds={SHARED: "service: {port: 81}\n"},
        swaps={
            API: ("\ndata:\n", "\ndata:\n  port: {{ .Values.service.port | quote }}\n"),
            "charts/api/values.yaml": ("replicaCount: 1\n", "replicaCount: 1\nservice: {port: 1}\n"),
        },
    ),
    _mutant("random-value", "text", swaps={API: ("\ndata:\n", "\ndata:\n  key: {{ randAlphaNum 16 | quote }}\n")}),
    _mutant("random-value", "an id", swaps={WEB: ("  greeting:", "  id: {{ uuidv4 }}\n  greeting:")}),
    _mutant(
        "random-value", "a password", swaps={API: ("\ndata:\n", "\ndata:\n  nonce: {{ randNumeric 12 | quote }}\n")}
    ),
    _mutant(
        "object-twice",
        "by a template",
        swaps={
            API: (
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: api\ndata:",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: api}\n---\n"
                "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: api\ndata:",
            )
        },
    ),
)
