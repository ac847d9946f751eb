"""Faults of the repository as a whole: credentials, documents, waivers.

The credentials are put together here, so that nothing in this repository looks like one.
"""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant

SHOP: Final = "manifests/shop/deployment.yaml"
PAGES: Final = "manifests/pages/pages.yaml"
VALUES: Final = "environments/staging/values.yaml"
WAIVERS: Final = "fairlead.waivers.yaml"
_KEY: Final = "\n".join(["-----BEGIN " + "PRIVATE KEY-----", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ", ""])
_OBJECT: Final = "apiVersion: v1\nkind: Secret\nmetadata: {name: shop}\n"
_REFERENCE: Final = """              valueFrom:
                secretKeyRef: {name: shop, key: password}
"""


def _waiver(rule: str, *, expires: str = "2999-12-31", more: str = "") -> str:
    said = f"  - rule: {rule}\n    reason: it is known\n    owner: somebody\n    expires: {expires}\n{more}"
    return f"apiVersion: fairlead.dev/v1\nwaivers:\n{said}"


MUTANTS: Final = (
    Mutant(rule="plain-credential", name="a private key", adds={"certificates/shop.key": _KEY}),
    Mutant(rule="plain-credential", name="a token of GitHub", adds={"deploy.sh": f"TOKEN=ghp_{'a1B2' * 9}\n"}),
    Mutant(rule="plain-credential", name="a password in values", adds={VALUES: "adminPassword: s3same-open\n"}),
    Mutant(
        rule="plain-credential",
        name="an API key in values",
        adds={VALUES: "apiKey: " + "q7Zx9" + "Lm2Wp" + "4Tn8v" + "K3R6d" + "\n"},
    ),
    Mutant(
        rule="plain-credential",
        name="a variable of a container",
        swaps={SHOP: (_REFERENCE, "              value: s3same-open\n")},
    ),
    Mutant(
        rule="plain-credential",
        name="a Secret",
        adds={"manifests/shop/secret.yaml": f"{_OBJECT}stringData: {{password: s3same-open}}\n"},
    ),
    Mutant(
        rule="plain-credential",
        name="a Secret in base64",
        adds={"manifests/shop/secret.yaml": f"{_OBJECT}data: {{password: czNzYW1lLW9wZW4=}}\n"},
    ),
    Mutant(
        rule="plain-credential",
        name="a value in clear beside encrypted ones",
        adds={
            "database.sops.yaml": "user: ENC[AES256_GCM,data:a]\ncolour: mauve\nsops:\n  mac: ENC[AES256_GCM,data:b]\n"
        },
    ),
    Mutant(
        rule="documented-environment-missing",
        name="a folder",
        swaps={"README.md": ("`environments/production`", "`environments/prod`")},
    ),
    Mutant(
        rule="documented-environment-missing",
        name="an environment of a command",
        swaps={"README.md": ("deploy -e staging", "deploy -e stage")},
    ),
    Mutant(
        rule="documented-environment-missing",
        name="in CI",
        adds={".github/workflows/deploy.yaml": "jobs: {a: {steps: [{run: fairlead plan --environment=live}]}}\n"},
    ),
    Mutant(rule="waiver-unused", name="of nothing", adds={WAIVERS: _waiver("floating-image")}),
    Mutant(
        rule="waiver-unused",
        name="of another object",
        adds={WAIVERS: _waiver("floating-image", more="    name: shops\n") + "    kind: Job\n"},
    ),
    Mutant(rule="waiver-unused", name="of another file", adds={WAIVERS: _waiver("not-yaml", more="    file: x/*\n")}),
    Mutant(rule="waiver-expired", name="of nothing", adds={WAIVERS: _waiver("floating-image", expires="2020-01-31")}),
    Mutant(rule="waiver-expired", name="long ago", adds={WAIVERS: _waiver("schema", expires="1999-12-31")}),
    Mutant(rule="waiver-expired", name="of a file", adds={WAIVERS: _waiver("not-yaml", expires="2020-01-31")}),
    Mutant(rule="unknown-rule", name="misspelt", adds={WAIVERS: _waiver("floating-images")}),
    Mutant(rule="unknown-rule", name="of another tool", adds={WAIVERS: _waiver("CKV_K8S_14")}),
    Mutant(rule="unknown-rule", name="a glob", adds={WAIVERS: _waiver('"floating-*"')}),
)
