"""What is known of the outputs of Terraform roots and images before they are applied or built."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fairlead.engine.preparing import Prepared
from fairlead.engine.renderer import Outputs
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component
from fairlead.model.infrastructure import Output
from fairlead.model.plan import Phase
from fairlead.model.project import Project
from fairlead.model.record import ComponentRecord
from fairlead.planning.image_request import unknown_images


def recorded_outputs(record: ComponentRecord) -> dict[str, Output]:
    """The outputs in a record: a sensitive one is sealed."""
    return {
        name: Output(is_sensitive=True, seal=str(value)) if name in record.sensitive else Output(value=value)
        for name, value in record.outputs.items()
    }


def outputs_of_others(
    records: Mapping[str, ComponentRecord], *, project: Project, selected: Collection[str]
) -> dict[str, Mapping[str, Output]]:
    """What the record says of roots and images that are not *selected*: those that are may use it."""
    makers = {component.name for component in project.components if component.phase is Phase.PROVISION}
    return {name: recorded_outputs(records[name]) for name in makers - {*selected} if name in records}


def waits_for_outputs(component: Component, outputs: Outputs, source: str) -> Prepared:
    needed = sorted(e for e in component.set.values() if e.startswith("outputs."))
    unknown = [*(e for e in needed if not _is_known(e, outputs)), *unknown_images(component, outputs)]
    change = Change(
        action=ChangeAction.UNKNOWN,
        name=component.name,
        reason=f"needs {', '.join(unknown or needed)}, known after provision",
    )
    return Prepared(component=component, changes=(change,), source_digest=source, is_known=False)


def _is_known(expression: str, outputs: Outputs) -> bool:
    _, component, name = expression.split(".")[:3]
    output = outputs.get(component, {}).get(name)
    return output is not None and output.is_known
