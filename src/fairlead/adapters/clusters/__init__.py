"""Cluster drivers: each makes a Kubernetes cluster, says how it is, and removes it without a trace."""
