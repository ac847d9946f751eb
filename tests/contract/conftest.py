"""The cluster of the end-to-end tests, for the contract suites that also run on the real thing."""

from __future__ import annotations

from e2e.conftest import cluster, cluster_kubeconfig

__all__ = ["cluster", "cluster_kubeconfig"]
