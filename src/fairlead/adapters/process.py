"""Runs child processes for all adapters: own process group, clean environment, timeout, no shell, death with the parent.

Secrets reach a child by standard input or a pipe, never by arguments (they would show in `ps`).
"""
