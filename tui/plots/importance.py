"""Importance: which dimensions matter, by both evaluators, from the evidence of the engine's finding."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.api import Finding
from tui.drawing.format import bar, number
from tui.drawing.styled_lines import Line, fit, line, wrap


def importance_evidence(findings: Iterable[Finding]) -> Mapping[str, Any] | None:
    """The evidence of the finding that ranks the dimensions; None where there were too few trials for one."""
    return next((f.evidence for f in findings if f.kind == "importance" and "pedanova" in f.evidence), None)


def draw_importance(
    evidence: Mapping[str, Any] | None, *, width: int, height: int, selected: str = "", n_trials: int = 0
) -> list[Line]:
    """At most ``height`` lines: per dimension both shares as bars and its relevance; most relevant first."""
    if evidence is None:
        return [(), *wrap(f" Too few trials ({n_trials}) to estimate importance", width, "muted", " ")]
    shares, variance, relevance = evidence["pedanova"], evidence["fanova"], evidence["relevance"]
    names = sorted(shares, key=lambda name: -relevance[name])
    label = min(max((len(name) for name in names), default=4), 16)
    room = max((width - label - 22) // 2, 3)
    head = line(
        (" " + fit("", label + 1), ""),
        (fit("PED-ANOVA", room + 6), "top"),
        (fit("fANOVA", room + 6), "all"),
        ("relevance", "muted"),
    )
    rows = [
        line(
            (" " + fit(name, label) + " ", "bold:text" if name == selected else ""),
            (bar(shares[name], room).replace("·", " "), "top"),
            (f" {shares[name]:>4.0%} ", ""),
            (bar(variance[name], room).replace("·", " "), "all"),
            (f" {variance[name]:>4.0%} ", ""),
            (f"{number(max(relevance[name], 0.0), 2)}{' ✓' if name in evidence['relevant'] else ''}", "muted"),
        )
        for name in names
    ]
    explained = (
        f"✓ relevant beyond noise. Explained of unseen scores: score model {max(evidence['model_r2'], 0.0):.0%}, "
        f"forest behind fANOVA {max(evidence['r2'], 0.0):.0%}"
    )
    foot = [line(" ", *row) for row in wrap(explained, width - 1, "muted")]
    return [head, *rows[: max(height - 1 - len(foot), 1)], *foot]
