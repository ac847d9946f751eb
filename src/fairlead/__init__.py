"""Fairlead takes a Kubernetes platform from a commit to a healthy cluster."""

__version__ = "0.1.0"
