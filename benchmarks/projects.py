"""The projects that are measured: made from a number alone, so that every run and every machine has the same ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

RELEASES_A_NAMESPACE = 10

_TEMPLATES = {
    "configmap.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  labels: {app.kubernetes.io/name: {{ .Release.Name }}, app.kubernetes.io/part-of: bench}
data:
  greeting: {{ .Values.greeting | quote }}
  settings.yaml: |
    {{- toYaml .Values.settings | nindent 4 }}
""",
    "service.yaml": """\
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}
  labels: {app.kubernetes.io/name: {{ .Release.Name }}, app.kubernetes.io/part-of: bench}
spec:
  selector: {app.kubernetes.io/name: {{ .Release.Name }}}
  ports:
    - {name: http, port: 80, targetPort: http}
""",
    "deployment.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {app.kubernetes.io/name: {{ .Release.Name }}, app.kubernetes.io/part-of: bench}
spec:
  replicas: {{ .Values.replicas }}
  selector:
    matchLabels: {app.kubernetes.io/name: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app.kubernetes.io/name: {{ .Release.Name }}}
    spec:
      containers:
        - name: web
          image: {{ .Values.image | quote }}
          ports:
            - {name: http, containerPort: 8080}
          envFrom:
            - configMapRef: {name: {{ .Release.Name }}}
          readinessProbe:
            httpGet: {path: /healthz, port: http}
          resources:
            requests: {cpu: 10m, memory: 16Mi}
""",
}
_VALUES = {
    "greeting": "hello",
    "replicas": 1,
    "image": "registry.example.test/web:1.0.0",
    "settings": {"level": "info"},
}


def release_names(count: int) -> tuple[str, ...]:
    return tuple(f"shop-{number:04}" for number in range(count))


def namespace_of(number: int) -> str:
    return f"team-{number // RELEASES_A_NAMESPACE:03}"


def write_releases(folder: Path, count: int, *, kubeconfig: str) -> None:
    """*count* releases of one chart of three objects, for Fairlead and for helmfile, which read the same values."""
    _write_chart(folder / "charts" / "shop")
    components, releases = [], []
    for number, name in enumerate(release_names(count)):
        write_values(folder, name, greeting="hello")
        values = f"values/{name}.yaml"
        components.append(
            {
                "name": name,
                "namespace": namespace_of(number),
                "helm": {"chart": "charts/shop", "valueFiles": [values]},
            }
        )
        releases.append(
            {"name": name, "namespace": namespace_of(number), "chart": "./charts/shop", "values": [f"./{values}"]}
        )
    write_project(folder, components, kubeconfig=kubeconfig)
    _write(folder / "helmfile.yaml", {"releases": releases})


def write_values(folder: Path, release: str, *, greeting: str) -> None:
    settings = {f"key-{n:02}": f"value {n} of {release}" for n in range(20)}
    _write(folder / "values" / f"{release}.yaml", {"greeting": greeting, "settings": settings})


def write_components(folder: Path, count: int, *, kubeconfig: str) -> None:
    """*count* components: of ten, one is a Helm release, one a Kustomize build, eight are manifests of two objects."""
    _write_chart(folder / "charts" / "shop")
    components = [_component(folder, number) for number in range(count)]
    write_project(folder, components, kubeconfig=kubeconfig)


def _component(folder: Path, number: int) -> dict[str, Any]:
    name = f"part-{number:04}"
    own = {"name": name, "namespace": namespace_of(number)}
    match number % 10:
        case 0:
            write_values(folder, name, greeting="hello")
            values = {"replicas": 0}
            return {**own, "helm": {"chart": "charts/shop", "values": values, "valueFiles": [f"values/{name}.yaml"]}}
        case 5:
            place = folder / "kustomize" / name
            _write(place / "objects.yaml", config_map(name, data={"number": str(number)}))
            _write(place / "kustomization.yaml", {"resources": ["objects.yaml"], "labels": [{"pairs": {"part": name}}]})
            return {**own, "kustomize": f"kustomize/{name}"}
        case _:
            objects = [config_map(name, data={"number": str(number)}), service(name)]
            _write_all(folder / "manifests" / f"{name}.yaml", objects)
            return {**own, "manifests": f"manifests/{name}.yaml"}


def write_environments(folder: Path, names: Sequence[str], *, releases: int, overlays: int, each: int) -> None:
    """Environments *names* of *releases* releases of three objects and *overlays* Kustomize builds of *each* objects.
    In each environment one value of every release and of every overlay is its own."""
    _write_chart(folder / "charts" / "shop")
    components: list[Mapping[str, Any]] = []
    for name in release_names(releases):
        write_values(folder, name, greeting="hello")
        helm = {"chart": "charts/shop", "valueFiles": [f"values/{name}.yaml"]}
        components.append({"name": name, "namespace": name, "helm": helm})
        for environment in names:
            _write(folder / "environments" / environment / f"{name}.yaml", {"greeting": f"hello {environment}"})
    for number in range(overlays):
        name = f"set-{number:03}"
        components.append({"name": name, "kustomize": f"overlays/{{environment}}/{name}"})
        _write_all(folder / "bases" / name / "objects.yaml", mixed_objects(name, each))
        _write(folder / "bases" / name / "kustomization.yaml", {"resources": ["objects.yaml"]})
        for environment in names:
            place = folder / "overlays" / environment / name
            own = config_map("object-0000", data={"environment": environment})
            own["metadata"]["namespace"] = name
            _write(place / "own.yaml", own)
            fields = {"resources": [f"../../../bases/{name}"], "namespace": name, "patches": [{"path": "own.yaml"}]}
            _write(place / "kustomization.yaml", fields)
    project = {"apiVersion": "fairlead.dev/v1", "project": "bench", "environments": {name: {} for name in names}}
    _write(folder / "fairlead.yaml", {**project, "components": components})


def write_objects(folder: Path, *, components: int, each: int, kubeconfig: str) -> tuple[str, ...]:
    """*components* of *each* mixed objects, a file of manifests each; the namespaces, which must be made first."""
    found = []
    namespaces = tuple(f"drift-{number:03}" for number in range(components))
    for number, namespace in enumerate(namespaces):
        objects = list(mixed_objects(namespace, each))
        _write_all(folder / "manifests" / f"{namespace}.yaml", objects)
        found.append({"name": f"set-{number:03}", "namespace": namespace, "manifests": f"manifests/{namespace}.yaml"})
    write_project(folder, found, kubeconfig=kubeconfig)
    return namespaces


def mixed_objects(namespace: str, count: int) -> Iterator[dict[str, Any]]:
    """*count* objects of the kinds that clusters hold most of, in the same mix everywhere; workloads stand still."""
    for number in range(count):
        made = _MIX[number % len(_MIX)](f"object-{number:04}")
        made["metadata"]["namespace"] = namespace
        yield made


def config_map(name: str, *, data: Mapping[str, str] | None = None) -> dict[str, Any]:
    texts = data or {f"key-{n:02}": f"value {n} of {name}, a line as configurations have them" for n in range(12)}
    return _object("v1", "ConfigMap", name, data=dict(texts))


def service(name: str) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}]
    # Without an address of its own: thousands of them must not use up a small cluster's.
    return _object("v1", "Service", name, spec={"clusterIP": "None", "selector": {"app": name}, "ports": ports})


def _secret(name: str) -> dict[str, Any]:
    return _object("v1", "Secret", name, type="Opaque", stringData={"user": name, "password": f"secret of {name}"})


def _account(name: str) -> dict[str, Any]:
    return _object("v1", "ServiceAccount", name, automountServiceAccountToken=False)


def _role(name: str) -> dict[str, Any]:
    rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]}]
    return _object("rbac.authorization.k8s.io/v1", "Role", name, rules=rules)


def _deployment(name: str) -> dict[str, Any]:
    container = {
        "name": "web",
        "image": "registry.example.test/web:1.0.0",
        "env": [{"name": f"VARIABLE_{n}", "value": f"value {n}"} for n in range(5)],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
    }
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"app": name}}, "template": template}
    return _object("apps/v1", "Deployment", name, spec=spec)


def _object(api_version: str, kind: str, name: str, **fields: Any) -> dict[str, Any]:
    labels = {"app": name, "app.kubernetes.io/part-of": "bench"}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "labels": labels}, **fields}


_MIX = (config_map, service, config_map, _secret, _deployment, config_map, _account, service, _role, config_map)


def write_project(folder: Path, components: Iterable[Mapping[str, Any]], *, kubeconfig: str) -> None:
    cluster = {"driver": "context", "kubeconfig": kubeconfig}
    _write(
        folder / "fairlead.yaml",
        {
            "apiVersion": "fairlead.dev/v1",
            "project": "bench",
            "environments": {"local": {"cluster": cluster, "podSecurity": "privileged"}},
            "components": list(components),
        },
    )


def chart_files(name: str, *, version: str) -> dict[str, str]:
    """The texts of a chart of three objects, by path."""
    return {
        "Chart.yaml": _dump({"apiVersion": "v2", "name": name, "version": version}),
        "values.yaml": _dump(_VALUES),
        **{f"templates/{file}": text for file, text in _TEMPLATES.items()},
    }


def _write_chart(folder: Path) -> None:
    for path, text in chart_files("shop", version="1.0.0").items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_dump(content))


def _dump(content: Any) -> str:
    return yaml.dump(content, Dumper=yaml.CSafeDumper, sort_keys=False)


def _write_all(path: Path, objects: Iterable[Mapping[str, Any]]) -> None:
    """As YAML documents, as people write manifests."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.dump_all(objects, Dumper=yaml.CSafeDumper, sort_keys=False))
