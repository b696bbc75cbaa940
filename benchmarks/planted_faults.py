"""Small faults that a test run once let through, each with the test that fails with it.

`benchmarks/mutants.py --planted` plants them one by one in a copy of the tree and runs the test.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Planted:
    """A fault.

    Attributes:
        name: What goes wrong.
        file: Where.
        right: The text as it is.
        wrong: The text with the fault.
        test: File of the test that must fail.
        named: Its name, as ``pytest -k`` takes it.
    """

    name: str
    file: str
    right: str
    wrong: str
    test: str
    named: str


FAULTS = (
    # Where less is better.
    Planted("minimize: keep-top of checkpoints", "engine/worker/checkpoints.py", "sprint.direction.cost(score)",
            "-score",
            "tests/engine/runtime/test_checkpoints.py", "less_is_better"),
    Planted("minimize: the interface's best-of", "tui/threads/sprint_rows.py", "thread.direction.best(scores)",
            "max(scores)",
            "tests/tui/test_rows.py", "best_of_a_stage"),
    Planted("minimize: best score of a recording", "engine/exchange/workspace_archive.py",
            "WHEN 'minimize' THEN min(CASE", "WHEN 'minimize' THEN max(CASE",
            "tests/engine/exchange/test_workspace_archive.py", "less_is_better"),
    Planted("minimize: examples of a recording", "engine/exchange/workspace_archive.py",
            "WHEN 'minimize' THEN 1 ELSE -1", "WHEN 'minimize' THEN -1 ELSE -1",
            "tests/engine/exchange/test_workspace_archive.py", "less_is_better"),
    # Where a comparison holds with equality.
    Planted("equality: a value on the edge of the low zone", "engine/diagnostics/boundary.py",
            'u <= width if side == "low"', 'u < width if side == "low"',
            "tests/engine/diagnostics/test_boundary.py", "inner_edge"),
    Planted("equality: a value on the edge of the high zone", "engine/diagnostics/boundary.py",
            "else u >= 1 - width", "else u > 1 - width", "tests/engine/diagnostics/test_boundary.py", "inner_edge"),
    Planted("equality: as good as the median", "engine/pruners/median.py", "best >= median", "best > median",
            "tests/engine/pruners/test_pruners.py", "equals_the_median"),
    Planted("equality: the epoch budget", "engine/store/summaries.py", "train_parts >= limit", "train_parts > limit",
            "tests/engine/trials/test_budgets.py", "last_epoch"),
    Planted("equality: low equal to high", "engine/space/dimension.py", "if low >= high:", "if low > high:",
            "tests/engine/space/test_dimension.py", "needs_a_width"),
    Planted("equality: the clustering limit", "model/inference/clustering.py", "distance >= threshold",
            "distance > threshold",
            "tests/model/inference/test_clustering.py", "exactly_the_limit"),
    Planted("equality: resume at full budget", "engine/launchers/local.py", "n_used >= sprint.n_trials",
            "n_used > sprint.n_trials", "tests/engine/runtime/test_launcher.py", "just_used"),
    Planted("equality: the last rung", "engine/pruners/halving.py", "if rung <= n_epochs", "if rung < n_epochs",
            "tests/engine/pruners/test_pruners.py", "last_epoch"),
    # Rules.
    Planted("rule: pruning at the last training epoch", "engine/worker/context.py", "step < self._n_train:",
            "step <= self._n_train:", "tests/engine/runtime/test_pruning.py", "never_judged"),
    Planted("rule: TPE ignores n_random", "engine/samplers/tpe.py", "problem.index < problem.n_random or ", "",
            "tests/engine/samplers/test_conformance.py", "drawn_at_random_however"),
    Planted("rule: the ask token is not fenced", "engine/store/claims.py", ", s.ask_token == ask_token)", ")",
            "tests/engine/runtime/test_claims.py", "same_worker"),
    Planted("rule: no gradient is clipped", "model/training/lightning_module.py", "clip_norm > 0:", "clip_norm > 1e9:",
            "tests/model/training/test_lightning_module.py", "clipped"),
    Planted("rule: no dropout of entities", "model/network/joint.py", "entities = self.entity_dropout(", "entities = (",
            "tests/model/data/test_batch.py", "go_through_dropout"),
    Planted("rule: ranks of ties", "engine/review/rank_agreement.py", "direction.gain(other, score) > 0",
            "direction.gain(other, score) >= 0", "tests/engine/review/test_rank_agreement.py", "even_at_the_top"),
    Planted("rule: K acts like s", "tui/live/commanding.py", '"stop_now",\n', '"stop",\n',
            "tests/tui/live/test_screen.py", "capital_k"),
    Planted("rule: an orphan is not announced", "tui/shell/notifications.py", "sprint.state.is_at_rest:",
            "sprint.state.is_finished:", "tests/tui/shell/test_notifications.py", "launcher_died"),
    Planted("rule: the form's keep is ignored", "tui/plan/form.py", 'count(texts, "keep")', "base.keep_top",
            "tests/tui/test_rows.py", "how_many_checkpoints"),
    Planted("rule: top-k is forgotten", "tui/review/screen.py", "top_k=place.top_k or None", "top_k=None",
            "tests/tui/review/test_screen.py", "top_trials"),
    # Constants.
    Planted("constant: the share of a bound", "engine/diagnostics/boundary.py", "AT_BOUND = 0.4", "AT_BOUND = 0.45",
            "tests/engine/diagnostics/test_boundary.py", "two_in_five"),
    Planted("constant: best trials whose loss is said", "engine/space/edit_preview.py", "N_NAMED = 10", "N_NAMED = 11",
            "tests/engine/space/test_edits.py", "best_ten"),
    Planted("constant: trials a dimension", "engine/diagnostics/budget.py", "TRIALS_PER_DIMENSION = 5",
            "TRIALS_PER_DIMENSION = 4", "tests/engine/diagnostics/test_measures.py", "five_trials"),
    Planted("constant: trials before irrelevance", "engine/diagnostics/irrelevant.py", "TRIALS_PER_DIMENSION = 10",
            "TRIALS_PER_DIMENSION = 9", "tests/engine/diagnostics/test_measures.py", "ten_trials"),
    Planted("constant: AdamW's betas", "model/training/lightning_module.py", "BETAS = (0.9, 0.98)",
            "BETAS = (0.9, 0.999)",
            "tests/model/training/test_lightning_module.py", "adamw"),
    Planted("constant: the scale of heads", "model/network/layers.py", "SCALE = 2.5", "SCALE = 2.0",
            "tests/model/network/test_heads.py", "two_and_a_half"),
)  # fmt: skip
"""The margin at width 1 is no fault: 0.01 and 1 % of a range of 1 are the same number."""
