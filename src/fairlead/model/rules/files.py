"""What can be wrong in the files of a repository before anything is built."""

from __future__ import annotations

from typing import Final

from fairlead.model.finding import Severity
from fairlead.model.rule import Rule, Stage


def _rule(rule_id: str, title: str, about: str, *, severity: Severity = Severity.ERROR, example: str = "") -> Rule:
    return Rule(id=rule_id, title=title, stage=Stage.FILES, about=about, severity=severity, example=example)


RULES: Final = (
    _rule(
        "not-yaml",
        "A file that is no YAML",
        "The reader stops at the place that is named: often wrong indentation, a tab, or a value that needs quotes.",
        example="metadata: {name: shop",
    ),
    _rule(
        "not-an-object",
        "A document that is no Kubernetes object",
        "An object has `apiVersion`, `kind` and `metadata.name`. A file that is something else does not belong among"
        " the manifests.",
        example="apiVersion: v1\nmetadata:\n  name: shop",
    ),
    _rule(
        "manifest-template",
        "A manifest that is filled in before it is applied",
        "Where the API server takes a value as it is (a name, an image, a number of replicas) stands something for"
        " envsubst, Jinja or a script. What fills it in is not known, so the file is not read.",
        severity=Severity.WARNING,
        example="apiVersion: v1\nkind: Service\nmetadata:\n  name: ${APP_NAME}",
    ),
    _rule(
        "not-values",
        "A values file that Helm does not read whole",
        "A values file is one map. Helm refuses a list, and silently reads only the first document of several.",
        example="- a\n- b",
    ),
    _rule(
        "duplicate-key",
        "A key is written twice",
        "The last one counts, and the first one is lost without a word. Remove one of them.",
        severity=Severity.WARNING,
        example="data:\n  mode: a\n  mode: b",
    ),
    _rule(
        "merge-overrides-key",
        "A merge key that overrides a key before it",
        "Readers of YAML differ in what then counts. Write `<<` first.",
        severity=Severity.WARNING,
    ),
    _rule(
        "values-file-missing",
        "A values file that is not there",
        "The release names a file that is not in the repository, so that it cannot be rendered. Correct the path, or"
        " add the file.",
        example="valueFiles: [environments/prodution/shop.yaml]",
    ),
    _rule(
        "unused-global",
        "A global value that no component takes",
        "What stands under `global` in an environment's values reaches a component by its `set:` only. Map it or"
        " remove it.",
        severity=Severity.WARNING,
    ),
    _rule(
        "plain-credential",
        "A credential in clear",
        "Who can read the repository, or any clone of it, can use it. Take it out, revoke it, and write it encrypted"
        " (SOPS, sealed secrets) or as a reference to a store. What is one by its shape (a private key, a token of a"
        " known kind) is an error; what is one by its name is a warning. The value is never shown. Base64"
        " hides nothing. A value that stands in clear in a file of sops, against the rules that the file states, is"
        " an error: sops refuses to decrypt the file.",
        example="apiVersion: v1\nkind: Secret\nstringData:\n  password: s3same-open",
    ),
    _rule(
        "documented-environment-missing",
        "An environment that is documented and not there",
        "A document, a script or a CI file names a folder or an environment that does not exist. Correct the name, or"
        " what it refers to.",
        severity=Severity.WARNING,
        example="# README.md\nfairlead deploy -e prodution",
    ),
    _rule(
        "argocd-path-missing",
        "An Application whose folder does not exist",
        "Argo CD says ComparisonError and leaves what is in the cluster as it is. Correct `path`.",
        example="source: {repoURL: https://git.example.com/acme/platform, path: aps/shop}",
    ),
    _rule(
        "argocd-source",
        "An Application whose source cannot be read",
        "Its values or its patches are not what they have to be. The finding says what and where.",
        example="helm: {values: 'just a text'}",
    ),
    _rule(
        "argocd-values-file-missing",
        "An Application that names a values file that is not there",
        "Argo CD does not render it. Paths in `valueFiles` start at the chart's folder, with `/` at the top of the"
        " repository, with `$REF/` at the top of the source that has this `ref`.",
        example="helm: {valueFiles: [$values/prodution.yaml]}",
    ),
    _rule(
        "argocd-ref-missing",
        "A values file of a source that the Application does not have",
        "`$REF/` in `valueFiles` stands for the source that has `ref: REF`. Add that source or correct the name.",
        example="sources:\n- chart: shop\n  helm: {valueFiles: [$values/shop.yaml]}",
    ),
    _rule(
        "argocd-duplicate-application",
        "An ApplicationSet that makes two Applications of one name",
        "Argo CD then makes none of them. Put what tells them apart into the name.",
        example="template: {metadata: {name: '{{cluster}}'}}",
    ),
    _rule(
        "argocd-project-forbids",
        "An Application that its AppProject does not permit",
        "Argo CD says InvalidSpecError and does not sync it. Add the source or the destination to the project.",
        example="kind: AppProject\nspec: {sourceRepos: [https://git.example.com/acme/*]}",
    ),
    _rule(
        "argocd-floating-revision",
        "An Application of another repository that may change without a commit",
        "Its source is another Git repository, at `HEAD`, a branch or a range, so that this repository does not say"
        " what runs. Name a tag or a commit. Nothing is said of what is called like a version, of this repository"
        " itself, nor where no Application shows which repository this one is.",
        severity=Severity.WARNING,
        example="source: {repoURL: https://git.example.com/other/charts, path: shop, targetRevision: HEAD}",
    ),
    _rule(
        "terraform-syntax",
        "A Terraform file that cannot be read",
        "The reader stops at the place that is named, or there is a block that Terraform does not know or that no"
        " override file may hold. What the folder refers to is judged once it is mended.",
        example='resource "null_resource" "a" {',
    ),
    _rule(
        "terraform-module-missing",
        "A module that is not there",
        "A local `source` starts at the folder of the file that has it, and begins with `./` or `../`.",
        example='module "network" {\n  source = "../module/network"\n}',
    ),
    _rule(
        "terraform-variable-without-value",
        "A variable that nobody sets",
        "Without a default, a call of a module must set it. A root gets it from a variable file or from `TF_VAR_NAME`:"
        " there it is a warning, as that may be so.",
        example='variable "region" {}',
    ),
    _rule(
        "terraform-undeclared-variable",
        "A value for a variable that is not declared",
        "In a call of a module it is an error; in a variable file Terraform warns and ignores it: often a misspelling.",
        example='# production.tfvars\nregoin = "eu"',
    ),
    _rule(
        "terraform-duplicate",
        "Something that is declared twice in one folder",
        "All files of a folder are one module. Rename or remove one.",
        example='variable "region" {}\nvariable "region" {}',
    ),
    _rule(
        "terraform-undeclared-reference",
        "An expression that refers to what is not declared",
        "A variable, local value, module, output of a module, data source or resource of this name is not in the"
        " folder. An override file changes what other files declare, and adds nothing.",
        example="value = var.regoin",
    ),
    _rule(
        "terraform-provider-source",
        "A provider whose source is not said",
        "Each folder says under `required_providers` where its providers come from; a module does not get that from the"
        " root. Without `source` Terraform takes `hashicorp/NAME`. Only providers that are known to be somebody"
        " else's are told; a warning where only who calls the module says so.",
        example='resource "hcloud_server" "a" {}',
    ),
    _rule(
        "terraform-provider-undeclared",
        "An alias of a provider that is not configured",
        "A root configures it with `alias`; a module lists it in `configuration_aliases`, and who calls it gives it"
        " under `providers`.",
        example='resource "aws_vpc" "main" {\n  provider = aws.west\n}',
    ),
)
