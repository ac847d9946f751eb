"""Faults of Argo CD's Applications."""

from __future__ import annotations

from typing import Final

from mutants.argocd_tree import TOOLS, TREE, URL
from mutants.mutant import Mutant

SHOP: Final = "apps/shop.yaml"
WEB: Final = "apps/web.yaml"
PAGES: Final = "apps/pages.yaml"
PROJECT: Final = "apps/project.yaml"
_OTHER: Final = "https://git.example.com/other/platform.git"


def _swap(rule: str, name: str, file: str, old: str, new: str) -> Mutant:
    return Mutant(rule=f"argocd-{rule}", name=name, files=TREE, swaps={file: (old, new)}, needs_tools=True)


MUTANTS: Final = (
    Mutant(
        rule="schema",
        name="a misspelt field of an Application",
        files=TREE,
        swaps={SHOP: ("  source:\n", "  syncpolicy: {}\n  source:\n")},
        needs_tools=True,
    ),
    _swap("path-missing", "misspelt", SHOP, "manifests/shop", "manifest/shop"),
    _swap("path-missing", "a chart that was moved", WEB, "charts/web", "charts/webs"),
    _swap("path-missing", "of an ApplicationSet", PAGES, "manifests/help", "manifests/halp"),
    _swap("source", "values that are a text", WEB, "      helm:\n", "      helm:\n        values: large\n"),
    _swap("source", "values that are a list", WEB, "      helm:\n", '      helm:\n        values: "- large"\n'),
    _swap("source", "values that are no YAML", WEB, "      helm:\n", '      helm:\n        values: "a: [b"\n'),
    _swap("values-file-missing", "beside the chart", WEB, "values-large", "values-big"),
    _swap("values-file-missing", "of another source", WEB, "$values/values/web", "$values/values/wep"),
    _swap("values-file-missing", "from the top", WEB, "$values/values/web.yaml", "/web.yaml"),
    _swap("ref-missing", "misspelt", WEB, "$values/values", "$vals/values"),
    _swap("ref-missing", "of another name", WEB, "ref: values", "ref: settings"),
    _swap(
        "ref-missing",
        "without its source",
        WEB,
        f"    - repoURL: {URL}\n      targetRevision: main\n      ref: values\n",
        "",
    ),
    _swap("duplicate-application", "one name for all", PAGES, "pages-{{name}}", "pages"),
    _swap("duplicate-application", "two of one name", PAGES, "name: help", "name: news"),
    _swap("duplicate-application", "named after what is the same", PAGES, "name: help, folder", "name: news, folder"),
    *(
        Mutant(
            rule="argocd-floating-revision",
            name=name,
            files=TREE,
            adds={"apps/tools.yaml": TOOLS.replace("REVISION", revision)},
            needs_tools=True,
        )
        for name, revision in (("no revision", '""'), ("HEAD", "HEAD"), ("a branch", "develop"), ("a range", "1.*"))
    ),
    _swap("project-forbids", "the source", PROJECT, URL, _OTHER),
    _swap("project-forbids", "the namespace", PROJECT, "namespace: shop", "namespace: shops"),
    _swap("project-forbids", "the cluster", PROJECT, "https://kubernetes.default.svc", "https://other.example.com"),
)
