"""Helm behind the port `Charts`: a pinned helm 4 as a child process."""
