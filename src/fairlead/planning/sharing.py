"""Objects that several components of one environment have: alike, one of them applies it; otherwise none may."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from fairlead.model.environment import Delivery
from fairlead.model.finding import Finding
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef

ONE_OWNER = "one-owner"
HINT = "one object belongs to one component: remove it from one of them"
DIFFER = ", and differ"
HELMS = ", and Helm takes no object that another one has"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """*component* wants *manifest*, or has it on record (*is_recorded*). *is_release*: Helm writes it, all or nothing.
    What is not *is_planned* is not judged: what it wants by now was not looked at."""

    component: str
    ref: ObjectRef
    manifest: Manifest
    is_release: bool = False
    is_recorded: bool = False
    is_planned: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """*owners*: by component, what another one has alike and applies. *refused* are two each that cannot share, and
    why."""

    owners: Mapping[str, Mapping[ObjectRef, str]]
    refused: tuple[tuple[Claim, Claim, str], ...] = ()

    def findings(self, place: Callable[[str, ObjectRef], str]) -> Iterator[Finding]:
        """*place* says where a component has an object; empty where that is not known."""
        for one, other, why in self.refused:
            places = ((claim.component, place(claim.component, claim.ref)) for claim in (one, other))
            names = " and ".join(f"{name} ({at})" if at else name for name, at in places)
            message = f"components {names} both have it{why}"
            yield Finding(rule=ONE_OWNER, message=message, hint=HINT, ref=one.ref)


def find_sharing(claims: Iterable[Claim], *, delivery: Delivery = Delivery.PUSH) -> Sharing:
    """Who has an object on record keeps it, so that no order of components moves it; else the first one has it."""
    by_ref: dict[ObjectRef, list[Claim]] = {}
    for claim in claims:
        by_ref.setdefault(claim.ref, []).append(claim)
    owners: dict[str, dict[ObjectRef, str]] = {}
    refused = []
    for ref, found in by_ref.items():
        owner = next((claim for claim in found if claim.is_recorded), found[0])
        for other in (claim for claim in found if claim.component != owner.component):
            why = why_not_shared(
                is_alike=owner.manifest == other.manifest,
                has_release=owner.is_release or other.is_release,
                delivery=delivery,
            )
            if not why:
                owners.setdefault(other.component, {})[ref] = owner.component
            elif owner.is_planned and other.is_planned:
                refused.append((owner, other, why))
    return Sharing(owners=owners, refused=tuple(refused))


def why_not_shared(*, is_alike: bool, has_release: bool, delivery: Delivery) -> str:
    """Empty where one of two can apply it for both. Helm refuses to install what is not of its release, and takes away
    what it has; a GitOps engine is left to say so itself."""
    if not is_alike:
        return DIFFER
    return HELMS if has_release and delivery is Delivery.PUSH else ""


def say_shared_with(owners: Mapping[ObjectRef, str]) -> Iterator[str]:
    """A line for each component that applies what this one has alike."""
    for name in dict.fromkeys(owners.values()):
        refs: Sequence[str] = [str(ref) for ref, owner in owners.items() if owner == name]
        more = f" and {len(refs) - 3} more" if len(refs) > 3 else ""
        yield f"component {name} has alike, and applies: {', '.join(refs[:3])}{more} [{ONE_OWNER}]"
