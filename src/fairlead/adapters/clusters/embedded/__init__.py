"""The `embedded` driver: Kubernetes' own programs on this machine, with real nodes or simulated ones."""
