"""Why a Terraform root cannot load, found in its text: without providers, without a state, without a process."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Final

from fairlead.formats.hcl import Attribute, Reference
from fairlead.formats.terraform.module import ModuleCall, TerraformModule
from fairlead.formats.terraform.strays import TOP
from fairlead.model.finding import Finding, Location, Severity
from fairlead.planning.argocd.places import nearest
from fairlead.planning.terraform.providers import find_missing_sources

_OWN: Final = frozenset(("each", "self", "count", "path", "terraform", "tofu"))
_TYPES: Final = frozenset(("string", "number", "bool", "any", "list", "map", "set", "object", "tuple"))

Modules = Mapping[str, TerraformModule]


def judge_module(module: TerraformModule, modules: Modules, *, folders: Collection[str]) -> tuple[Finding, ...]:
    """What is wrong in one folder. *modules* are all of the repository, by folder."""
    found = [*_strays(module), *_twice(module), *_calls(module, modules, folders)]
    if module.is_whole:
        found += _idle(module)
        found += find_missing_sources(module, modules)
        found += (finding for reference in module.references if (finding := _reference(module, reference, modules)))
        found += _providers(module)
    return tuple(found)


def judge_variables(
    module: TerraformModule, given: Mapping[str, Attribute], *, file: str, automatic: Collection[str]
) -> tuple[Finding, ...]:
    """What the variable file *file* gives to a root, besides the names that it gets *automatic*ally."""
    if not module.is_whole:
        return ()
    found = [
        Finding(
            rule="terraform-undeclared-variable",
            message=f"{attribute.location.file} sets {name}, which {module.folder} does not declare",
            hint=_meant(name, module.variables) or "declare it or remove it: Terraform only warns, and ignores it",
            severity=Severity.WARNING,
            location=attribute.location,
        )
        for name, attribute in given.items()
        if name not in module.variables
    ]
    if file:
        found += (
            Finding(
                rule="terraform-variable-without-value",
                message=f"{module.folder} needs the variable {variable.name}, and {file} does not set it",
                hint=f"set it in {file}, by TF_VAR_{variable.name}, or give it a default",
                severity=Severity.WARNING,
                location=variable.location,
            )
            for variable in module.variables.values()
            if variable.is_required and variable.name not in given and variable.name not in automatic
        )
    return tuple(found)


def _twice(module: TerraformModule) -> Iterator[Finding]:
    for each in module.twice:
        yield Finding(
            rule="terraform-duplicate",
            message=f"{each.what} is declared twice: at {each.first} already",
            hint="rename or remove one",
            location=each.location,
        )


def _strays(module: TerraformModule) -> Iterator[Finding]:
    for each in module.strays:
        if each.is_known:
            message, hint = f"an override file cannot hold a block `{each.name}`", "move it to a file of another name"
        else:
            message = f"Terraform knows no `{each.name}` at the top of a file"
            hint = _meant(each.name.lower(), TOP) or "correct its name, or move it into the block that it belongs to"
        yield Finding(rule="terraform-syntax", message=message, hint=hint, location=each.location)


def _idle(module: TerraformModule) -> Iterator[Finding]:
    for each in module.idle:
        yield Finding(
            rule="terraform-undeclared-reference",
            message=f"{each.location.file} overrides {each.what}, which no other file of {module.folder} declares",
            hint="declare it there, or correct its name: an override file adds nothing",
            location=each.location,
        )


def _calls(module: TerraformModule, modules: Modules, folders: Collection[str]) -> Iterator[Finding]:
    for call in module.calls.values():
        if not call.is_local:
            continue
        target = posixpath.normpath(posixpath.join(module.folder, call.source))
        called = modules.get(target)
        if target.startswith(".."):
            continue  # outside of what was read
        if called is None:
            yield _no_module(module, call, target, modules, is_there=target in folders)
        elif called.is_whole:
            yield from _arguments(call, called)
            yield from _passed(call, called)


def _no_module(module: TerraformModule, call: ModuleCall, target: str, modules: Modules, *, is_there: bool) -> Finding:
    near = nearest(target, set(modules) - {module.folder})
    right = posixpath.relpath(f"/{near}", f"/{module.folder}")
    right = right if right.startswith("..") else f"./{right}"
    return Finding(
        rule="terraform-module-missing",
        message=f"module {call.name} is {target}, which {'holds no configuration' if is_there else 'does not exist'}",
        hint=f'write source = "{right}"' if near else "correct its source",
        location=call.location,
    )


def _arguments(call: ModuleCall, called: TerraformModule) -> Iterator[Finding]:
    for name, attribute in call.arguments.items():
        if name not in called.variables:
            yield Finding(
                rule="terraform-undeclared-variable",
                message=f"module {call.name} is given {name}, which {called.folder} does not declare",
                hint=_meant(name, called.variables) or f"declare it in {called.folder} or remove it",
                # Terraform reads a merged call without complaint of what it does not know (measured: OpenTofu 1.12.6).
                severity=Severity.WARNING if call.is_overridden else Severity.ERROR,
                location=attribute.location,
            )
    for variable in called.variables.values():
        if variable.is_required and variable.name not in call.arguments:
            yield Finding(
                rule="terraform-variable-without-value",
                message=f"module {call.name} is not given {variable.name}, which {called.folder} needs",
                hint=f"set {variable.name} in the call",
                location=call.location,
            )


def _passed(call: ModuleCall, called: TerraformModule) -> Iterator[Finding]:
    for alias in sorted(called.aliases - call.passed):
        yield Finding(
            rule="terraform-provider-undeclared",
            message=f"module {call.name} is not given the provider {alias}, which {called.folder} needs",
            hint=f"write providers = {{ {alias} = … }} in the call",
            location=call.location,
        )


def _reference(module: TerraformModule, reference: Reference, modules: Modules) -> Finding | None:
    root, *rest = reference.parts
    if root in _OWN or not rest or (root in _TYPES and not rest):
        return None
    name = rest[0]
    match root:
        case "var":
            return _undeclared(reference, "variable", name, module.variables)
        case "local":
            return _undeclared(reference, "local value", name, module.local_values)
        case "module":
            return _module_output(module, reference, modules)
        case "data" | "ephemeral":
            known = set(module.data) if root == "data" else module.ephemeral
            return _undeclared_object(reference, rest[:2], known, what=f"{root} source")
        case "resource":
            return _undeclared_object(reference, rest[:2], set(module.resources), what="resource")
        case _:
            known = set(module.resources)
            return _undeclared_object(reference, reference.parts[:2], known, what="resource") if "_" in root else None


def _module_output(module: TerraformModule, reference: Reference, modules: Modules) -> Finding | None:
    name = reference.parts[1]
    if name not in module.calls:
        return _undeclared(reference, "module", name, module.calls)
    call = module.calls[name]
    target = posixpath.normpath(posixpath.join(module.folder, call.source))
    called = modules.get(target) if call.is_local else None
    if called is None or not called.is_whole or len(reference.parts) < 3:
        return None
    return _undeclared(reference, f"output of {target}", reference.parts[2], called.outputs)


def _undeclared(reference: Reference, what: str, name: str, known: Collection[str]) -> Finding | None:
    if name in known:
        return None
    return _finding(reference, f"{reference} refers to the {what} {name}, which is not declared", _meant(name, known))


def _undeclared_object(
    reference: Reference, name: tuple[str, ...] | list[str], known: Collection[tuple[str, str]], *, what: str
) -> Finding | None:
    if len(name) < 2 or (name[0], name[1]) in known:
        return None
    text = ".".join(name)
    near = _meant(text, {".".join(each) for each in known})
    return _finding(reference, f"{reference} refers to the {what} {text}, which is not declared", near)


def _finding(reference: Reference, message: str, hint: str) -> Finding:
    return Finding(
        rule="terraform-undeclared-reference",
        message=message,
        hint=hint or "declare it, or correct its name",
        location=reference.location,
    )


def _providers(module: TerraformModule) -> Iterator[Finding]:
    """An alias that nobody configures. Without an alias, Terraform finds a provider by its name."""
    known = {f"{each.name}.{each.alias}" for each in module.providers if each.alias} | module.aliases
    for reference in module.provider_uses:
        name = ".".join(reference.parts[:2])
        if len(reference.parts) > 1 and name not in known:
            yield Finding(
                rule="terraform-provider-undeclared",
                message=f"{name} is used, but no provider {reference.parts[0]} has the alias {reference.parts[1]}",
                hint=_meant(name, known) or "configure it, or add it to configuration_aliases",
                location=reference.location,
            )


def _meant(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.75)
    return f"did you mean {close[0]}?" if close else ""


def syntax_finding(message: str, location: Location | None) -> Finding:
    return Finding(rule="terraform-syntax", message=message, hint="correct the syntax", location=location)
