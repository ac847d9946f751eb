"""Kustomize behind the port `Overlays`: a pinned kustomize as a child process."""
