"""What a flow must hold beyond its shape: names that exist, conditions that can be true."""

from __future__ import annotations

from bot.authoring.yaml_source import YamlSource, did_you_mean
from bot.conversation.flow import AnyStep, ChoiceStep, Flow, Range, ScaleStep, YesNoStep

_BANDS = ("critical", "passive", "ambassador")


def check_names(flow: Flow, source: YamlSource) -> list[str]:
    """Problems as `file:line:column: message`; empty when every name is known."""
    problems = [
        source.problem(_path_of(flow, path), f"texts of a flow have no placeholders; '{text}' holds a brace")
        for path, text in flow.texts()
        if "{" in text or "}" in text
    ]
    before: dict[str, AnyStep] = {}
    for index, step in enumerate(flow.steps):
        here = ("steps", index)
        if step.id in before:
            problems.append(source.problem((*here, "id"), f"there are two steps with the id '{step.id}'"))
        if isinstance(step, ScaleStep) and step.scale not in flow.scales:
            hint = did_you_mean(step.scale, flow.scales)
            problems.append(source.problem((*here, "scale"), f"there is no scale '{step.scale}'{hint}"))
        for name, wanted in (step.when.root if step.when else {}).items():
            if complaint := _complaint(flow, before, name, wanted):
                problems.append(source.problem((*here, "when", name), complaint))
        before[step.id] = step
    return problems


def _path_of(flow: Flow, path: str) -> tuple[str | int, ...]:
    """`steps.grund.text` -> where that text stands in the file."""
    first, *rest = path.split(".")
    if first != "steps":
        return (first, *rest)
    return (first, [step.id for step in flow.steps].index(rest[0]), *rest[1:])


def _complaint(flow: Flow, before: dict[str, AnyStep], name: str, wanted: str | int) -> str | None:
    step = before.get(name)
    if step is None:
        return f"no step before this one is called '{name}'{did_you_mean(name, before)}"
    if isinstance(step, YesNoStep):
        return None if wanted in ("yes", "no") else "write yes or no"
    if isinstance(step, ChoiceStep):
        ids = [choice.id for choice in step.choices]
        return None if wanted in ids else f"'{name}' has no choice '{wanted}'{did_you_mean(str(wanted), ids)}"
    if isinstance(step, ScaleStep):
        return _scale_complaint(flow, step, wanted)
    return f"'{name}' is a step of type {step.type}, which can't be compared"


def _scale_complaint(flow: Flow, step: ScaleStep, wanted: str | int) -> str | None:
    scale = flow.scales.get(step.scale)
    if scale is None:
        return None
    if wanted in _BANDS:
        return None if scale.bands else f"the scale '{step.scale}' has no bands; write a range such as 0-6"
    try:
        span = Range.model_validate(wanted)
    except ValueError:
        return f"write one of {', '.join(_BANDS)} or a range such as 0-6{did_you_mean(str(wanted), _BANDS)}"
    inside = span.low in scale and span.high in scale
    return None if inside else f"the scale '{step.scale}' only goes from {scale.lowest} to {scale.highest}"
