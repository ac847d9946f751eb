"""Faults in files, before anything is built."""

from __future__ import annotations

from typing import Final

from mutants.folder_tree import TREE
from mutants.mutant import Mutant

PAGES: Final = "manifests/pages/pages.yaml"
SHOP: Final = "manifests/shop/deployment.yaml"
SERVICE: Final = "manifests/shop/service.yaml"
VALUES: Final = "environments/staging/values.yaml"

MUTANTS: Final = (
    Mutant(rule="not-yaml", name="an open bracket", swaps={PAGES: ("name: pages", "name: {pages")}),
    Mutant(rule="not-yaml", name="a tab", swaps={PAGES: ("  mode: quiet", "\tmode: quiet")}),
    Mutant(rule="not-yaml", name="wrong indentation", swaps={SERVICE: ("metadata:\n", "metadata:\n name: x\n")}),
    Mutant(rule="not-yaml", name="values with two colons", adds={VALUES: "greeting: hello: you\n"}),
    Mutant(rule="not-an-object", name="no kind", swaps={PAGES: ("kind: ConfigMap\n", "")}),
    Mutant(rule="not-an-object", name="no name", swaps={PAGES: ("  name: pages\n", "  labels: {a: b}\n")}),
    Mutant(rule="not-an-object", name="a list of maps", adds={"manifests/pages/list.yaml": "- a\n- b\n"}),
    Mutant(
        rule="manifest-template",
        name="a name of envsubst",
        files=TREE,
        swaps={"k8s/page.yaml": ("name: page", "name: ${APP}-page")},
    ),
    Mutant(
        rule="manifest-template",
        name="a name of Jinja",
        files=TREE,
        swaps={"k8s/page.yaml": ("name: page", "name: '{{ app }}-page'")},
    ),
    Mutant(
        rule="manifest-template",
        name="a statement of Jinja",
        files=TREE,
        swaps={"k8s/page.yaml": ("  page:", "{% if greets %}\n  page:")},
    ),
    Mutant(
        rule="manifest-template",
        name="an image beside others",
        files=TREE,
        adds={
            "k8s/job.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: once\nspec:\n  containers:\n"
            "    - {name: once, image: 'registry.example.test/once:$TAG'}\n"
        },
    ),
    Mutant(rule="not-values", name="two documents", adds={VALUES: "a: 1\n---\nb: 2\n"}),
    Mutant(rule="not-values", name="three documents", adds={VALUES: "a: 1\n---\nb: 2\n---\nc: 3\n"}),
    Mutant(rule="not-values", name="in production", adds={"environments/production/values.yaml": "a: 1\n---\nb: 2\n"}),
    Mutant(rule="duplicate-key", name="in a map", swaps={PAGES: ("  mode: quiet", "  mode: quiet\n  mode: loud")}),
    Mutant(
        rule="duplicate-key",
        name="of labels",
        swaps={SHOP: ("{app: shop, tier: web}", "{app: shop, tier: web, app: shop}")},
    ),
    Mutant(rule="duplicate-key", name="in values", adds={VALUES: "replicaCount: 2\nreplicaCount: 3\n"}),
    Mutant(rule="merge-overrides-key", name="in values", adds={VALUES: "a: &a {x: 1}\nb:\n  x: 2\n  <<: *a\n"}),
    Mutant(rule="merge-overrides-key", name="two keys", adds={VALUES: "a: &a {x: 1}\nb:\n  x: 2\n  y: 2\n  <<: *a\n"}),
    Mutant(
        rule="merge-overrides-key",
        name="in production",
        adds={"environments/production/values.yaml": "a: &a {x: 1}\nb:\n  x: 2\n  <<: [*a]\n"},
    ),
    Mutant(rule="unused-global", name="one", adds={VALUES: "global:\n  replicas: 3\n"}),
    Mutant(rule="unused-global", name="deep", adds={VALUES: "global:\n  replicas:\n    min: 3\n"}),
    Mutant(
        rule="unused-global",
        name="in production",
        adds={"environments/production/values.yaml": "global: {host: a.test}\n"},
    ),
)
