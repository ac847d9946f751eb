"""The states in which waiting gives up before its timeout: one table, from which the guide's page is made.

What shows a state is found in `symptoms.py`, whether it has lasted long enough is judged in `verdict.py`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from fairlead.model.frozen import dataclass


class Command(StrEnum):
    """What of kubectl looks deeper, or mends."""

    DESCRIBE = "describe"
    LOGS = "logs"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One row. *grace_seconds* is how long the state must be seen without a break; *restarts* how often a container
    must have been started again. *when* says both in words where the number alone does not.

    *retry_seconds* is for what was in this state before the step touched it: what was seen then may be out of date, so
    it counts from the next try of the cluster on, or when it lasted so long. *source* says where the rule is from.
    *family* ties states between which one and the same trouble alternates: their time runs on.
    """

    name: str
    shows: str
    remedy: str
    source: str
    grace_seconds: float = 0
    restarts: int = 0
    command: Command = Command.DESCRIBE
    retry_seconds: float = 0
    when: str = ""
    family: str = ""

    @property
    def counts(self) -> str:
        """When the state counts, in words."""
        return self.when or (f"after {self.grace_seconds:g} s" if self.grace_seconds else "at once")


BACK_OFF_SECONDS: Final = 330
"""The kubelet's longest pause between two tries (300 s), and time to see the next one."""
CREATION_BACK_OFF_SECONDS: Final = 1030
"""The same of the controllers that make pods: their work queues wait up to 1000 s (client-go's default limiter)."""

IMAGE_NAME_INVALID: Final = State(
    name="image-name-invalid",
    shows="`InvalidImageName`: the image reference cannot be read",
    remedy="correct the image reference",
    source="kubelet: the reference is parsed before anything is asked; no try ends otherwise",
)
IMAGE_NEVER_PULLED: Final = State(
    name="image-never-pulled",
    shows="`ErrImageNeverPull`: the image is not on the node, and its pull policy forbids to fetch it",
    remedy="load the image into the nodes, or allow `imagePullPolicy: IfNotPresent`",
    source="kubelet: images are built and loaded in phase provision, before any pod is made",
)
IMAGE_NOT_FOUND: Final = State(
    name="image-not-found",
    shows="`ErrImagePull` or `ImagePullBackOff`, and the registry says that it has no such image",
    remedy="push the image, or correct its name and tag",
    source="krane and pulumi end at once too; a registry that answers has decided",
    retry_seconds=BACK_OFF_SECONDS,
    family="image",
)
REGISTRY_UNKNOWN: Final = State(
    name="registry-unknown",
    shows="`ErrImagePull` or `ImagePullBackOff`, and the registry's name has no address",
    remedy="correct the registry's name, or the name resolution of the nodes",
    source="mostly a typing error; a hiccup of the name server passes in less",
    grace_seconds=30,
    retry_seconds=BACK_OFF_SECONDS,
    family="image",
)
IMAGE_REFUSED: Final = State(
    name="image-refused",
    shows="`ErrImagePull` or `ImagePullBackOff`, and the registry wants other credentials",
    remedy="give the pod an `imagePullSecrets` entry that the registry accepts",
    source="another component may be about to make the pull secret",
    grace_seconds=60,
    retry_seconds=BACK_OFF_SECONDS,
    family="image",
)
IMAGE_NOT_PULLED: Final = State(
    name="image-not-pulled",
    shows="`ErrImagePull` or `ImagePullBackOff` for any other reason: a registry that is down, slow or busy",
    remedy="see that the nodes reach the registry",
    source="the kubelet tries again after 10, 20 and 40 s: four tries. A pull that goes on is no failure",
    grace_seconds=90,
    retry_seconds=BACK_OFF_SECONDS,
    family="image",
)
CRASH_LOOP: Final = State(
    name="crash-loop",
    shows="`CrashLoopBackOff` or `RunContainerError`, also of init containers, also by `OOMKilled`",
    remedy="see the log of the container that ended",
    source="a container may end once or twice while what it needs comes up; Jobs count their own failures instead",
    restarts=3,
    command=Command.LOGS,
    retry_seconds=BACK_OFF_SECONDS,
    when="at the third restart",
)
CONTAINER_CONFIG: Final = State(
    name="container-config",
    shows="`CreateContainerConfigError`: a Secret, ConfigMap or key that the container reads is not there",
    remedy="add what is missing to the component, or let it need the component that brings it",
    source="another component may be about to make it",
    grace_seconds=60,
)
CONTAINER_NOT_MADE: Final = State(
    name="container-not-made",
    shows="`CreateContainerError`: the container runtime cannot make the container",
    remedy="see the pod's events and the log of the node's container runtime",
    source="the kubelet tries again every few seconds",
    grace_seconds=60,
)
POD_FAILED: Final = State(
    name="pod-failed",
    shows="a pod that no controller replaces has failed",
    remedy="see the pod's log",
    source="Kubernetes never starts a failed pod again",
)
CLAIM_UNBOUND: Final = State(
    name="claim-unbound",
    shows="a PersistentVolumeClaim without a volume: no such class, no provisioner, no volume that fits. "
    "Not where its provisioner is at it, and not where its class waits for a first pod that nobody asks for",
    remedy="see the claim's events, its class and what provisions it",
    source="most volumes are made in seconds; helm waits until its timeout, also where nothing is wrong",
    grace_seconds=60,
)
CLAIM_LOST: Final = State(
    name="claim-lost",
    shows="a PersistentVolumeClaim whose volume is gone (phase `Lost`)",
    remedy="restore the volume, or delete the claim to get an empty one",
    source="kstatus; no controller brings the volume back",
)
UNSCHEDULABLE: Final = State(
    name="unschedulable",
    shows="`Unschedulable`: no node fits the pod. Not where the cluster autoscaler or Karpenter says that it adds one",
    remedy="see the pod's requests, node selector, affinity and tolerations against the nodes",
    source="kstatus gives up after 15 s; other pods may be about to end, and an autoscaler begins after 10 s",
    grace_seconds=60,
)
VOLUME_SOURCE_MISSING: Final = State(
    name="volume-source-missing",
    shows="`FailedMount`, and the Secret, ConfigMap or key of the volume is not there",
    remedy="add what is missing to the component, or let it need the component that brings it",
    source="another component may be about to make it",
    grace_seconds=60,
    family="volume",
)
VOLUME_NOT_MOUNTED: Final = State(
    name="volume-not-mounted",
    shows="`FailedMount` or `FailedAttachVolume` for any other reason, as the pod's newest event",
    remedy="see the pod's events, and the storage driver on its node",
    source="attaching to a node is tried again, and takes minutes where another node held the volume",
    grace_seconds=180,
    family="volume",
)
POD_SANDBOX: Final = State(
    name="pod-sandbox",
    shows="`FailedCreatePodSandBox`, as the pod's newest event: the pod gets no network",
    remedy="see the network plugin on the pod's node",
    source="the network plugin may be a component of this very deployment",
    grace_seconds=120,
)
PODS_REFUSED: Final = State(
    name="pods-refused",
    shows="no pod may be made: Pod Security, a limit range, an admission webhook or policy says no "
    "(`ReplicaFailure`, `FailedCreate`)",
    remedy="change the pod template, or the rule that refuses it",
    source="the API server answers the same to every try",
    retry_seconds=CREATION_BACK_OFF_SECONDS,
    family="pods",
)
PODS_OVER_QUOTA: Final = State(
    name="pods-over-quota",
    shows="no pod may be made: the namespace's quota is used up",
    remedy="raise the ResourceQuota, or ask for less",
    source="the pods of the revision before may be about to end; helm waits until its timeout",
    grace_seconds=60,
    retry_seconds=CREATION_BACK_OFF_SECONDS,
    family="pods",
)
PODS_NOT_MADE: Final = State(
    name="pods-not-made",
    shows="no pod can be made for any other reason: a missing ServiceAccount or PriorityClass, "
    "a webhook that does not answer",
    remedy="see the workload's events",
    source="skaffold ends at once and its users complain: what is missing comes a moment later",
    grace_seconds=60,
    retry_seconds=CREATION_BACK_OFF_SECONDS,
    family="pods",
)
PROGRESS_DEADLINE: Final = State(
    name="progress-deadline",
    shows="`ProgressDeadlineExceeded` of a Deployment: above all a readiness probe that never passes",
    remedy="see the pod's probes and log; raise `progressDeadlineSeconds` where it only needs more time",
    source="kubectl rollout, kstatus and Flux end here too; 600 s where the Deployment does not say",
    when="at `progressDeadlineSeconds`",
    retry_seconds=60,
)
STATEFUL_SET_STUCK: Final = State(
    name="stateful-set-stuck",
    command=Command.DELETE,
    shows="a StatefulSet whose broken pod of an older revision is never replaced",
    remedy="delete the pod: the controller makes it anew from the current template",
    source="kubernetes/kubernetes#67250: the controller waits until the old pod is ready",
    grace_seconds=60,
)
JOB_FAILED: Final = State(
    name="job-failed",
    shows="a Job that failed: `backoffLimit`, `activeDeadlineSeconds` or a failure policy",
    remedy="see the log of the Job's pods",
    source="Kubernetes never starts a failed Job again",
)
NO_ADDRESS: Final = State(
    name="no-address",
    shows="a Service of type LoadBalancer to which nobody gives an address. Not on embedded clusters, where nobody can",
    remedy="deploy what gives addresses first (as MetalLB), or use another type of Service",
    source="clouds take up to two minutes",
    grace_seconds=180,
)
STALLED: Final = State(
    name="stalled",
    shows="a custom resource whose controller says `Stalled`",
    remedy="see the object's conditions",
    source="kstatus: the controller will not try again before the object is changed",
)
NAMES_TAKEN: Final = State(
    name="names-taken",
    shows="a CustomResourceDefinition whose names another one has",
    remedy="remove one of the two",
    source="the API server says `NamesAccepted: False`",
)
DELETION_HELD: Final = State(
    name="deletion-held",
    shows="an object that should be there is being deleted, and a finalizer holds it",
    remedy="let the controller of the finalizer do its work; it is never removed by Fairlead",
    source="what comes after the deletion is another object: it must be written again",
    grace_seconds=120,
)
WEBHOOK_UNREACHABLE: Final = State(
    name="webhook-unreachable",
    shows="a write that fails because an admission or conversion webhook does not answer",
    remedy="see the pods behind the webhook's Service; deploy them before what they judge",
    source="the webhook's own pods or its certificate may only be coming up; the write is tried again",
    grace_seconds=60,
)
WRITE_DENIED: Final = State(
    name="write-denied",
    shows="a write that an admission webhook or policy denies",
    remedy="change the object, or the rule that refuses it",
    source="the webhook has decided",
)

STATES: Final = (
    IMAGE_NAME_INVALID,
    IMAGE_NEVER_PULLED,
    IMAGE_NOT_FOUND,
    REGISTRY_UNKNOWN,
    IMAGE_REFUSED,
    IMAGE_NOT_PULLED,
    CRASH_LOOP,
    CONTAINER_CONFIG,
    CONTAINER_NOT_MADE,
    POD_FAILED,
    CLAIM_UNBOUND,
    CLAIM_LOST,
    UNSCHEDULABLE,
    VOLUME_SOURCE_MISSING,
    VOLUME_NOT_MOUNTED,
    POD_SANDBOX,
    PODS_REFUSED,
    PODS_OVER_QUOTA,
    PODS_NOT_MADE,
    PROGRESS_DEADLINE,
    STATEFUL_SET_STUCK,
    JOB_FAILED,
    NO_ADDRESS,
    STALLED,
    NAMES_TAKEN,
    DELETION_HELD,
    WEBHOOK_UNREACHABLE,
    WRITE_DENIED,
)
