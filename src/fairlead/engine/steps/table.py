"""Every kind of step and what performs it, in one explicit table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.steps.apply import apply_objects
from fairlead.engine.steps.cache_images import cache_images
from fairlead.engine.steps.certificates import check_certificates, check_tls
from fairlead.engine.steps.check_terraform import check_terraform
from fairlead.engine.steps.checks import check_cluster, check_command, check_project, check_tools
from fairlead.engine.steps.crds import write_component_crds
from fairlead.engine.steps.helm_rollback import rollback_release
from fairlead.engine.steps.helm_test import verify_by_helm
from fairlead.engine.steps.helm_uninstall import uninstall_release
from fairlead.engine.steps.helm_upgrade import upgrade_release
from fairlead.engine.steps.image_build import build_image
from fairlead.engine.steps.maintenance import close_environment, scale_back
from fairlead.engine.steps.namespace import make_namespace
from fairlead.engine.steps.pod_security import check_pods
from fairlead.engine.steps.policies import check_policies
from fairlead.engine.steps.probing import verify_by_http, verify_names
from fairlead.engine.steps.prune import prune_objects
from fairlead.engine.steps.revert import revert_objects
from fairlead.engine.steps.terraform_apply import apply_root
from fairlead.engine.steps.terraform_destroy import destroy_root
from fairlead.engine.steps.verification import verify_by_command, verify_by_job, verify_rollouts
from fairlead.model.plan import Step, StepKind

Perform = Callable[[Step, Deployment], Awaitable[Done]]

STEPS: Mapping[StepKind, Perform] = {
    StepKind.CHECK_TOOLS: check_tools,
    StepKind.CHECK_PROJECT: check_project,
    StepKind.CHECK_CLUSTER: check_cluster,
    StepKind.CHECK_TERRAFORM: check_terraform,
    StepKind.CHECK_COMMAND: check_command,
    StepKind.TERRAFORM_APPLY: apply_root,
    StepKind.IMAGE_BUILD: build_image,
    StepKind.CACHE_IMAGES: cache_images,
    StepKind.MAINTENANCE_CLOSE: close_environment,
    StepKind.MAINTENANCE_SCALE_BACK: scale_back,
    StepKind.NAMESPACE: make_namespace,
    StepKind.CRDS: write_component_crds,
    StepKind.APPLY: apply_objects,
    StepKind.HELM_UPGRADE: upgrade_release,
    StepKind.HELM_ROLLBACK: rollback_release,
    StepKind.PRUNE: prune_objects,
    StepKind.HELM_UNINSTALL: uninstall_release,
    StepKind.TERRAFORM_DESTROY: destroy_root,
    StepKind.REVERT: revert_objects,
    StepKind.POD_SECURITY: check_pods,
    StepKind.POLICIES: check_policies,
    StepKind.TLS: check_tls,
    StepKind.CERTIFICATES: check_certificates,
    StepKind.TEST_ROLLOUTS: verify_rollouts,
    StepKind.TEST_JOB: verify_by_job,
    StepKind.TEST_COMMAND: verify_by_command,
    StepKind.TEST_HTTP: verify_by_http,
    StepKind.TEST_DNS: verify_names,
    StepKind.TEST_HELM: verify_by_helm,
}

MUTATING = frozenset(
    {
        StepKind.TERRAFORM_APPLY,
        StepKind.IMAGE_BUILD,
        StepKind.MAINTENANCE_CLOSE,
        StepKind.MAINTENANCE_SCALE_BACK,
        StepKind.NAMESPACE,
        StepKind.CRDS,
        StepKind.APPLY,
        StepKind.HELM_UPGRADE,
        StepKind.HELM_ROLLBACK,
        StepKind.PRUNE,
        StepKind.HELM_UNINSTALL,
        StepKind.TERRAFORM_DESTROY,
        StepKind.REVERT,
        StepKind.TEST_JOB,
        StepKind.TEST_HELM,
    }
)
"""Kinds whose begin is written before they start."""
