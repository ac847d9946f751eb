"""Real nodes of the embedded driver: each is a process in namespaces and cgroups of its own, like a small machine.

All that a node runs, its pods too, ends with its first process, and its mounts and interfaces go with it: nothing of
them is ever seen outside.
"""
