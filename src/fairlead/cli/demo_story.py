"""What `fairlead demo` tells, chapter by chapter: each is one command as a person types it, and what to look at."""

from __future__ import annotations

from fairlead.model.frozen import dataclass

PAGE = "podinfo"
"""The application whose page is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """*command* runs in the project, and must end with *code*; a `curl` is answered by ourselves, and *code* is then
    the status of its answer. *real_only*: there is nothing to see where pods are simulated."""

    title: str
    says: str
    command: tuple[str, ...]
    code: int = 0
    real_only: bool = False


UP = Chapter(
    title="A cluster",
    says="A Kubernetes cluster on this machine, for this project alone. It needs no Docker and no image registry.",
    command=("fairlead", "local", "up"),
)
DOWN = Chapter(
    title="The end",
    says="The cluster goes, with everything that it left on this machine.",
    command=("fairlead", "local", "down"),
)
STORY = (
    Chapter(
        title="The platform",
        says="Five phases: validate what is written, provision what it stands on, deploy tier by tier, look at its "
        "security, test that it works. The first time, its images are built from their sources.",
        command=("fairlead", "deploy", "--yes"),
    ),
    Chapter(
        title="What runs",
        says="The record of the deployment lies in the cluster. Anybody who reaches the cluster sees the same.",
        command=("fairlead", "status"),
    ),
    Chapter(
        title="Its pods",
        says="Every tool that talks to Kubernetes works with it.",
        command=("kubectl", "get", "pods", "--all-namespaces"),
    ),
    Chapter(
        title="Its page",
        says="The gateway in the cluster is reached at a port of this machine. A browser shows the page too.",
        command=("curl", "{page}"),
        code=200,
        real_only=True,
    ),
    Chapter(
        title="Once more",
        says="Nothing changed since, so no helm, no kustomize and no tofu is started.",
        command=("fairlead", "deploy", "--yes"),
    ),
    Chapter(
        title="Somebody breaks it",
        says="By hand, and in a hurry: the Service looks for pods that nobody runs.",
        command=("kubectl", "--namespace", "podinfo", "set", "selector", "service", "podinfo", "app=nothing"),
    ),
    Chapter(
        title="The page is gone",
        says="The gateway has nobody to ask.",
        command=("curl", "{page}"),
        code=502,
        real_only=True,
    ),
    Chapter(
        title="It is found",
        says="The plan names the field, what is wanted, what is there, and who changed it. Exit code 2 says that "
        "there is something to do.",
        command=("fairlead", "plan", "--detailed-exitcode"),
        code=2,
    ),
    Chapter(
        title="It is mended",
        says="The field belongs to somebody else now, so Fairlead takes it back only when it is told to.",
        command=("fairlead", "deploy", "--yes", "--force-conflicts"),
    ),
    Chapter(
        title="The page is back",
        says="As it was before.",
        command=("curl", "{page}"),
        code=200,
        real_only=True,
    ),
)
