"""`fairlead local up|down|status|list|kubeconfig`, and the group of all that is done with a local cluster."""

from __future__ import annotations

import click
import orjson

from fairlead.bootstrap.clusters import list_local_clusters, local_driver
from fairlead.cli.asking import may_install
from fairlead.cli.local_load import load
from fairlead.cli.local_logs import logs
from fairlead.cli.local_open import open_service
from fairlead.cli.local_verify import verify
from fairlead.cli.options import (
    choose_environment,
    environment_option,
    open_here,
    output_option,
    places,
    quiet_option,
    run_async,
    tell_on_stderr,
)
from fairlead.formats.codec import to_json
from fairlead.formats.local_cluster_text import format_cluster, format_clusters
from fairlead.model.errors import Unavailable
from fairlead.model.local_cluster import ClusterState


@click.group()
def local() -> None:
    """A Kubernetes cluster on this machine."""


for command in (verify, load, logs, open_service):
    local.add_command(command)


@local.command()
@environment_option
@click.option("-y", "--yes", is_flag=True, help="Install packages that real nodes need without asking, as in CI.")
@quiet_option
def up(environment: str | None, yes: bool, quiet: bool) -> int:
    """Start the cluster, or repair it; one that runs is left alone."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    tell = tell_on_stderr(quiet=quiet)
    cluster = local_driver(places(), opened, target, tell=tell, may_install=may_install(yes=yes))
    found = run_async(cluster.up())
    click.echo(format_cluster(found), nl=False)
    click.echo(f"export KUBECONFIG={found.kubeconfig}")
    return 0


@local.command()
@environment_option
@quiet_option
def down(environment: str | None, quiet: bool) -> int:
    """Stop the cluster and remove all it left, its data too."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    run_async(local_driver(places(), opened, target, tell=tell_on_stderr(quiet=quiet)).down())
    click.echo(f"the local cluster of {target.name} is gone")
    return 0


@local.command()
@environment_option
@output_option
def status(environment: str | None, output: str) -> int:
    """Say how the cluster is."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    found = run_async(local_driver(places(), opened, target, tell=lambda _: None).status())
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/local-cluster/v1", **to_json(found)}))
    else:
        click.echo(format_cluster(found), nl=False)
    return 0 if found.state is ClusterState.RUNNING else 1


@local.command("list")
@output_option
def list_all(output: str) -> int:
    """List the clusters on this machine that were made for you, of all projects."""
    found = run_async(list_local_clusters(places()))
    if output == "json":
        clusters = [to_json(cluster) for cluster in found]
        click.echo(orjson.dumps({"schema": "fairlead.dev/local-clusters/v1", "clusters": clusters}))
    else:
        click.echo(format_clusters(found), nl=False)
    return 0


@local.command()
@environment_option
def kubeconfig(environment: str | None) -> int:
    """Print the path of the cluster's kubeconfig."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    path = local_driver(places(), opened, target, tell=lambda _: None).kubeconfig
    if not path.exists():
        raise Unavailable("there is no cluster", hint=f"start one with `fairlead local up -e {target.name}`")
    click.echo(str(path))
    return 0
