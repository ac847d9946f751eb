"""The cluster of the end-to-end tests, for the contract suites that also run on the real thing."""

from __future__ import annotations

from e2e.conftest import cluster_kubeconfig, local_cluster, own_cluster, shared_cluster

__all__ = ["cluster_kubeconfig", "local_cluster", "own_cluster", "shared_cluster"]
