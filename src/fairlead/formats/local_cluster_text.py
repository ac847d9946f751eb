"""How a local cluster is, for people, in 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from fairlead.model.local_cluster import ClusterState, LocalCluster

_WIDTH = 80


def format_cluster(cluster: LocalCluster) -> str:
    return "".join(f"{line}\n" for line in _lines(cluster))


def format_clusters(clusters: Sequence[LocalCluster]) -> str:
    """One line for each, without its details."""
    if not clusters:
        return "no local cluster of this user\n"
    rows = [_row(cluster) for cluster in clusters]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows
    )


def _lines(cluster: LocalCluster) -> Iterator[str]:
    yield f"{cluster.project}/{cluster.environment}: {cluster.state.value}"
    if cluster.choice:
        yield from _wrapped(cluster.choice)
    if cluster.state is ClusterState.ABSENT:
        return
    named = f" ({cluster.name})" if cluster.name else ""
    yield f"  Kubernetes {cluster.kubernetes} by {cluster.driver.value}{named}, {_nodes(cluster)}"
    for label, value in (("API", cluster.api_url), ("web", cluster.web_url), ("audit log", cluster.audit_log)):
        if value:
            # Never broken: paths and URLs are copied.
            yield f"  {label:<9} {value}"
    for process in cluster.processes:
        yield f"  {process.name:<24} {f'pid {process.pid}' if process.is_alive else 'dead'}"
    for note in cluster.notes:
        yield from _wrapped(f"note: {note}")


def _row(cluster: LocalCluster) -> tuple[str, ...]:
    what = f"Kubernetes {cluster.kubernetes}, {_nodes(cluster)}" if cluster.kubernetes else ""
    return (f"{cluster.project}/{cluster.environment}", cluster.state.value, cluster.driver.value, what)


def _nodes(cluster: LocalCluster) -> str:
    count = "1 node" if cluster.nodes == 1 else f"{cluster.nodes} nodes"
    return f"{count} (simulated)" if cluster.nodes_are_simulated and cluster.nodes else count


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
