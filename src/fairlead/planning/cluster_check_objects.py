"""The pods, Services, claim and Ingress by which a cluster is tried, and the image that they run."""

from __future__ import annotations

from typing import Any, Final

from fairlead.model.image import GoSource, ImageRequest, ImageSource
from fairlead.model.objects import Manifest

LABEL: Final = "fairlead.dev/cluster-check"
HOST: Final = "cluster-check.fairlead.localhost"
"""The name by which the Ingress is asked; it is sent as a header and never looked up."""

PORT: Final = 8080
ASKS, ANSWERS, STORES, FACES_OUT = "asks", "answers", "stores", "faces-out"
"""The pods: one that tries names and Services, one that it asks, one with a claim, one at port 80 of its node."""

_PROGRAM: Final = """\
// Tries from inside a cluster what pods rely on, when it is asked to: names, Services, the API server, a volume.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

const limit = 5 * time.Second

func main() {
	listen := flag.String("listen", ":8080", "address to listen on")
	name := flag.String("name", "", "name to look up")
	fetch := flag.String("fetch", "", "URL to fetch")
	connect := flag.String("connect", "", "address to connect to")
	volume := flag.String("volume", "", "file to write and read")
	flag.Parse()
	tries := map[string]func() (string, error){
		"/healthz": func() (string, error) { return "here", nil },
		"/name":    func() (string, error) { return lookUp(*name) },
		"/fetch":   func() (string, error) { return get(*fetch) },
		"/connect": func() (string, error) { return dial(*connect) },
		"/volume":  func() (string, error) { return store(*volume) },
	}
	for path, try := range tries {
		http.HandleFunc(path, func(out http.ResponseWriter, _ *http.Request) {
			started := time.Now()
			said, err := try()
			if err != nil {
				said = err.Error()
			}
			json.NewEncoder(out).Encode(map[string]any{
				"ok": err == nil, "message": said, "milliseconds": time.Since(started).Milliseconds()})
		})
	}
	log.Fatal(http.ListenAndServe(*listen, nil))
}

func lookUp(name string) (string, error) {
	within, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	found, err := net.DefaultResolver.LookupHost(within, name)
	return name + " is " + strings.Join(found, ", "), err
}

func get(url string) (string, error) {
	client := http.Client{Timeout: limit, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, answer.Body)
	if answer.StatusCode != 200 {
		return "", fmt.Errorf("%s answers %s", url, answer.Status)
	}
	return url + " answers " + answer.Status, nil
}

func dial(address string) (string, error) {
	connection, err := net.DialTimeout("tcp", address, limit)
	if err != nil {
		return "", err
	}
	connection.Close()
	return address + " takes connections", nil
}

func store(path string) (string, error) {
	written := []byte(time.Now().String())
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return "", err
	}
	defer file.Close()
	if _, err = file.Write(written); err == nil {
		err = file.Sync()
	}
	if err != nil {
		return "", err
	}
	read, err := os.ReadFile(path)
	if err == nil && !bytes.Equal(read, written) {
		err = fmt.Errorf("%s holds something else than what was written", path)
	}
	return "written, synced and read again", err
}
"""

IMAGE: Final = ImageRequest(
    name="cluster-check",
    source=ImageSource(
        go=GoSource(
            texts={"go.mod": "module fairlead.dev/images/cluster-check\n\ngo 1.22\n", "main.go": _PROGRAM},
            programs={"/cluster-check": "."},
        )
    ),
)

_ARGUMENTS: Final = {
    ASKS: (
        "-name=kubernetes.default.svc",
        f"-fetch=http://{ANSWERS}:{PORT}/healthz",
        "-connect=kubernetes.default.svc:443",
    ),
    ANSWERS: (),
    STORES: ("-volume=/data/cluster-check",),
    FACES_OUT: (),
}


def namespace(name: str) -> Manifest:
    return _named("v1", "Namespace", name, labels={LABEL: "true"})


def claim(namespace: str) -> Manifest:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "16Mi"}}}
    return _named("v1", "PersistentVolumeClaim", STORES, namespace=namespace, spec=spec)


def pod(name: str, *, namespace: str, image: str) -> Manifest:
    """Nothing that the strictest Pod Security level refuses, but for the port of the node that one of them takes."""
    container: dict[str, Any] = {
        "name": "cluster-check",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": list(_ARGUMENTS[name]),
        "ports": [{"containerPort": PORT, **({"hostPort": 80} if name == FACES_OUT else {})}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": PORT}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    spec: dict[str, Any] = {
        "containers": [container],
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 1,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "fsGroup": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    if name == STORES:
        container["volumeMounts"] = [{"name": "data", "mountPath": "/data"}]
        spec["volumes"] = [{"name": "data", "persistentVolumeClaim": {"claimName": STORES}}]
    if name == ANSWERS:
        spec["affinity"] = {"podAntiAffinity": _rather_not_beside(ASKS)}
    return _named("v1", "Pod", name, namespace=namespace, labels={LABEL: name}, spec=spec)


def service(name: str, *, namespace: str) -> Manifest:
    spec = {"selector": {LABEL: name}, "ports": [{"port": PORT, "targetPort": PORT}]}
    return _named("v1", "Service", name, namespace=namespace, spec=spec)


def ingress(namespace: str, *, class_name: str) -> Manifest:
    backend = {"service": {"name": ANSWERS, "port": {"number": PORT}}}
    rule = {"host": HOST, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
    spec = {"ingressClassName": class_name, "rules": [rule]}
    return _named("networking.k8s.io/v1", "Ingress", ANSWERS, namespace=namespace, spec=spec)


def _rather_not_beside(name: str) -> dict[str, Any]:
    """On another node, where there is one: so that the network between them is tried as well."""
    term = {"labelSelector": {"matchLabels": {LABEL: name}}, "topologyKey": "kubernetes.io/hostname"}
    return {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": term}]}


def _named(
    api_version: str,
    kind: str,
    name: str,
    *,
    namespace: str = "",
    labels: dict[str, str] | None = None,
    spec: dict[str, Any] | None = None,
) -> Manifest:
    metadata: dict[str, Any] = {"name": name}
    if namespace:
        metadata["namespace"] = namespace
    if labels:
        metadata["labels"] = labels
    found: Manifest = {"apiVersion": api_version, "kind": kind, "metadata": metadata}
    return {**found, "spec": spec} if spec else found
