"""What becomes of the trials of the sprint that a plan is primed from, in words for both front ends."""

from engine.api.review_views import PlanPreview
from engine.wording import plural


def priming_counts(preview: PlanPreview) -> str:
    """``22 primed · 31 inform only · 4 unusable``; empty where no trial but the primed ones could be of use."""
    if not (preview.informing or preview.unusable):
        return ""
    informing = f"{len(preview.informing)} inform only"
    return f"{len(preview.primed)} primed · {informing} · {len(preview.unusable)} unusable"


def unusable_reasons(preview: PlanPreview, most: int) -> list[str]:
    """Why trials neither enter nor inform: each reason once with its trials, those that concern most of them first."""
    numbers: dict[str, list[int]] = {}
    for number, reason in preview.unusable:
        numbers.setdefault(reason, []).append(number)
    ordered = sorted(numbers.items(), key=lambda one: -len(one[1]))
    lines = [f"{_named(those)}: {reason}" for reason, those in ordered[:most]]
    more = len(ordered) - most
    return [*lines, f"and {plural(more, 'more reason')}"] if more > 0 else lines


def _named(numbers: list[int]) -> str:
    return f"#{numbers[0]}" if len(numbers) == 1 else plural(len(numbers), "trial")
