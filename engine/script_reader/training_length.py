"""How long a script trains where no option counts epochs: steps, iterations, rounds of boosting."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace

from engine.script_reader.hyperparameter import Guess
from engine.script_reader.option import Option
from engine.script_reader.report_guess import ReportGuess
from engine.script_reader.source import Source, calls, keywords, last_name
from engine.trials.fidelity import Fidelity

LENGTH = (
    r"(max|n|num|total|train)_(train_|boost_|boosting_)?(steps|iters?|iterations?|updates|rounds?)"
    r"|n_estimators|iterations"
)
"""Names of options that say how long a script trains where none counts epochs."""

EVALUATION_INTERVALS = r"eval(uation)?_(interval|every|steps|freq|iters)|val_interval"
"""Options that say after how many steps the script evaluates."""

BOOSTERS = r"(lgb|lightgbm|xgb|xgboost)\.(train|cv)|(LGBM|XGB|CatBoost)\w*"
"""What is called to boost."""

ROUNDS = ("num_boost_round", "n_estimators", "iterations")
"""Its arguments that say how many rounds."""


def written_lengths(sources: list[Source]) -> Iterator[Option]:
    """Rounds that a call is given as a plain number, which nothing outside the script can change."""
    for source, name, node in _rounds(sources):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            yield Option(
                name=name, passing="written", flag=name, kind="int", default=node.value, file=str(source.path),
                line=node.lineno,
            )  # fmt: skip


def lengths(guesses: list[Guess], sources: list[Source]) -> list[Guess]:
    """The guesses that say how long the script trains, the rounds of boosting first."""
    rounds = {last_name(node) for _, _, node in _rounds(sources)}
    boosted = [
        one for one in guesses
        if one.option.passing == "written" or one.option.key == "num_boost_round"
        or (one.option.kind == "int" and one.option.name in rounds)
    ]  # fmt: skip
    named = [one for one in guesses if re.fullmatch(LENGTH, one.option.key) and one.role == "left out"]
    return [*boosted, *(one for one in named if one not in boosted)]


def with_length(
    report: ReportGuess, guesses: list[Guess], sources: list[Source]
) -> tuple[ReportGuess, list[Guess], tuple[Guess, ...]]:
    """The steps of an epoch, where scores are reported by step or by round, and what says how many to train.

    Args:
        report: How the score is probably reported.
        guesses: What each option was taken for.
        sources: The script and the modules beside it.

    Returns:
        The report, with the steps of an epoch where they are known; the guesses, with lengths no hyperparameters any
        more; the lengths that nothing fills.
    """
    found = lengths(guesses, sources)
    counts = [one for one in found if one.option.passing != "written" and one.option.kind == "int"]
    report, every = _steps(report, guesses, counts)
    steps = {id(one) for one in counts} if every else set()
    lasting = {id(one) for one in found}
    told = [
        replace(one, role="fact", range=None, fact="{steps}", why="number of steps") if id(one) in steps
        else replace(one, role="left out", range=None, why="length of the training") if id(one) in lasting
        else one
        for one in guesses
    ]  # fmt: skip
    return report, told, tuple(one for one in told if one.why == "length of the training")


def _steps(report: ReportGuess, guesses: list[Guess], counts: list[Guess]) -> tuple[ReportGuess, int | None]:
    """The report by steps, and the steps of an epoch; None where no step is reported or their number is not known."""
    regex = str(report.report.get("regex", ""))
    every: int | None = None
    if "(?P<step>" in regex and "(?P<epoch>" not in regex:
        intervals = [
            one.option.default for one in guesses
            if re.fullmatch(EVALUATION_INTERVALS, one.option.key) and type(one.option.default) is int
        ]  # fmt: skip
        every = next((one for one in intervals if isinstance(one, int) and one > 0), None)
    elif report.is_by_round and counts:
        # A whole training is as long as the script's own.
        rounds = counts[0].option.default
        every = max(1, rounds // Fidelity().max_epochs) if isinstance(rounds, int) else None
        plain = {"regex": regex.replace("(?P<epoch>", "(?P<step>")}
        report = replace(report, report=plain if every else report.report)
    return (replace(report, report={**report.report, "every": every}) if every else report), every


def _rounds(sources: list[Source]) -> Iterator[tuple[Source, str, ast.expr]]:
    """(module, argument, expression) of the rounds of every call that boosts."""
    for source in sources:
        for call in calls(source.tree):
            if re.fullmatch(BOOSTERS, ast.unparse(call.func).removeprefix("self.")):
                yield from ((source, name, node) for name, node in keywords(call).items() if name in ROUNDS)
