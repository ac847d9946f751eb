"""Programs that stand in for docker, kind, k3d and minikube: they keep clusters in a file instead of containers.

They know the words and flags that the real ones document, and refuse others. Where kind and k3d build, the real ones
are asked about the same command lines (tests/e2e/test_container_drivers.py).
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PROGRAM = """#!{python} -ISE
import json, os, sys
from pathlib import Path

STATE = Path(__file__).parent / "state.json"
state = json.loads(STATE.read_text())
name, words = Path(sys.argv[0]).name, sys.argv[1:]
state["calls"].append([name, *words])
clusters = state["clusters"].setdefault(name, {{}}) if name != "docker" else {{}}
CONFIG = (
    "apiVersion: v1\\nkind: Config\\ncurrent-context: it\\ncontexts: [{{name: it, context: {{cluster: it}}}}]\\n"
    "clusters: [{{name: it, cluster: {{server: 'https://127.0.0.1:6443'}}}}]\\n"
)

def end(code=0, out="", err=""):
    STATE.write_text(json.dumps(state))
    sys.stdout.write(out)
    sys.stderr.write(err)
    sys.exit(code)

def engine():
    if not state["answers"]:
        end(1, err="Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?\\n")

def flags(known, start):
    found, plain, rest = {{}}, [], words[start:]
    while rest:
        word = rest.pop(0)
        if not word.startswith("--") or word == "-":
            plain.append(word)
            continue
        flag, equals, value = word.partition("=")
        if flag not in known:
            end(1, err=f"unknown flag: {{flag}}\\n")
        found.setdefault(flag, []).append(value if equals else "true" if known[flag] else rest.pop(0))
    return {{key: values[-1] for key, values in found.items()}}, plain

def make(cluster, count, **more):
    names = [f"{{name}}-{{cluster}}-{{index}}" for index in range(count)]
    clusters[cluster] = {{"nodes": {{one: "running" for one in names}}, "images": [], **more}}
    if state["dies"]:
        state["dies"] = False
        end(1, err="ERROR: the node image cannot be pulled\\n")

def nodes_of_all():
    return [(kind, cluster, content) for kind, all in state["clusters"].items() for cluster, content in all.items()]

def docker():
    engine()
    if words[0] == "version":
        end()
    if words[0] == "ps":
        got, _ = flags({{"--all": True, "--filter": False, "--format": False}}, 1)
        wanted = got["--filter"].rpartition("=")[2]
        lines = [json.dumps({{"name": node, "state": how}}) + "\\n" for kind, cluster, content in nodes_of_all()
                 if cluster == wanted for node, how in content["nodes"].items()]
        end(out="".join(lines))
    for _, _, content in nodes_of_all():
        for node in content["nodes"]:
            if words[0] == "start" and node in words:
                content["nodes"][node] = "running"
            if words[0] == "exec" and node == words[1]:
                content["images"].append(f"{{node}} {{words[4]}}")
    end()

def kind():
    engine()
    if words[:2] == ["create", "cluster"]:
        known = dict.fromkeys(("--name", "--image", "--kubeconfig", "--wait", "--config"), False)
        got, _ = flags(known, 2)
        config = json.loads(sys.stdin.read())
        if got["--name"] in clusters:
            end(1, err="ERROR: node(s) already exist for a cluster with the name\\n")
        make(got["--name"], len(config["nodes"]), image=got["--image"], config=config)
        Path(got["--kubeconfig"]).write_text(CONFIG)
    elif words[:2] == ["get", "kubeconfig"]:
        end(out=CONFIG)
    elif words[:2] == ["delete", "cluster"]:
        clusters.pop(flags({{"--name": False, "--kubeconfig": False}}, 2)[0]["--name"], None)
    elif words[:2] == ["load", "image-archive"]:
        got, plain = flags({{"--name": False}}, 2)
        clusters[got["--name"]]["images"].append(plain[0])
    else:
        end(1, err="unknown command\\n")
    end()

def k3d():
    engine()
    if words[:2] == ["cluster", "list"]:
        flags({{"--output": False}}, 2)
        parts = lambda content: [{{"name": node, "role": "agent" if index else "server", "State": {{"Running":
            how == "running"}}}} for index, (node, how) in enumerate(content["nodes"].items())]
        end(out=json.dumps([{{"name": one, "nodes": parts(content)}} for one, content in clusters.items()]))
    if words[:2] == ["cluster", "create"]:
        values = dict.fromkeys(("--agents", "--image", "--port", "--api-port", "--timeout"), False)
        switches = dict.fromkeys(("--kubeconfig-update-default", "--kubeconfig-switch-context", "--wait"), True)
        got, plain = flags(values | switches, 2)
        assert got["--kubeconfig-update-default"] == "false"
        make(plain[0], int(got["--agents"]) + 1, image=got["--image"])
    elif words[:2] == ["cluster", "start"]:
        _, plain = flags({{"--wait": True, "--timeout": False}}, 2)
        clusters[plain[0]]["nodes"] = dict.fromkeys(clusters[plain[0]]["nodes"], "running")
    elif words[:2] == ["cluster", "delete"]:
        if not state.get("keeps"):
            clusters.pop(words[2], None)
    elif words[:2] == ["kubeconfig", "get"]:
        end(out=CONFIG)
    elif words[:2] == ["image", "import"]:
        got, plain = flags({{"--cluster": False}}, 2)
        clusters[got["--cluster"]]["images"].append(plain[0])
    else:
        end(1, err="unknown command\\n")
    end()

def minikube():
    start = {{**dict.fromkeys(("--kubernetes-version", "--nodes", "--ports", "--wait", "--profile"), False),
              **dict.fromkeys(("--embed-certs", "--interactive"), True)}}
    if words[:2] == ["profile", "list"]:
        how = lambda one: "OK" if set(one["nodes"].values()) == {{"running"}} and state["answers"] else "Stopped"
        nodes = lambda content: [{{"Name": node}} for node in content["nodes"]]
        valid = [{{"Name": one, "Status": how(content), "Config": {{"Nodes": nodes(content)}}}}
                 for one, content in clusters.items()]
        end(out=json.dumps({{"invalid": [], "valid": valid}}))
    engine()
    if words[0] == "start":
        got, _ = flags(start, 1)
        profile = got["--profile"]
        if profile in clusters:
            clusters[profile]["nodes"] = dict.fromkeys(clusters[profile]["nodes"], "running")
        else:
            make(profile, int(got["--nodes"]), image=got["--kubernetes-version"])
        Path(os.environ["KUBECONFIG"]).write_text(CONFIG)
    elif words[0] == "delete":
        clusters.pop(flags({{"--profile": False}}, 1)[0]["--profile"], None)
    elif words[:2] in (["image", "load"], ["image", "pull"]):
        got, plain = flags({{"--profile": False}}, 2)
        clusters[got["--profile"]]["images"].append(plain[0])
    else:
        end(1, err="unknown command\\n")
    end()

if words == ["--version"]:
    print({{"kind": "kind version 0.30.0", "k3d": "k3d version v5.8.3"}}[name])
    end()
{{"docker": docker, "kind": kind, "k3d": k3d, "minikube": minikube}}[name]()
"""


@dataclass(frozen=True, kw_only=True)
class ContainerPrograms:
    """A folder of stand-ins, to be the search path. `Tools` finds kind and k3d here."""

    folder: Path

    @classmethod
    def make(cls, folder: Path, *names: str) -> ContainerPrograms:
        """Stand-ins for *names*; the engine answers at first."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "state.json").write_text(json.dumps({"answers": True, "dies": False, "calls": [], "clusters": {}}))
        for name in names:
            program = folder / name
            program.write_text(_PROGRAM.format(python=sys.executable))
            program.chmod(0o755)
        return cls(folder=folder)

    async def path(self, name: str) -> Path:
        return self.folder / name

    def version(self, name: str) -> str:
        return "of the tests"

    @property
    def environ(self) -> dict[str, str]:
        return {"PATH": str(self.folder)}

    @property
    def state(self) -> Any:
        return json.loads((self.folder / "state.json").read_text())

    def change(self, **fields: Any) -> None:
        """E.g. `answers=False`: the engine's daemon is not there; `dies=True`: the next creation stops half-way;
        `keeps=True`: k3d removes nothing and says nothing of it."""
        (self.folder / "state.json").write_text(json.dumps({**self.state, **fields}))

    def clusters(self) -> dict[str, Any]:
        """By name, of all products."""
        return {name: one for product in self.state["clusters"].values() for name, one in product.items()}

    def stop_nodes(self, *names: str) -> None:
        """What a reboot does; all of them if none is named."""
        state = self.state
        for product in state["clusters"].values():
            for cluster in product.values():
                cluster["nodes"] = {n: "exited" if n in names or not names else s for n, s in cluster["nodes"].items()}
        self.change(**state)
