"""What a trial leaves in its folder for people to look at: ``examples.json`` and ``thresholds.json``.

Both are small and documented in docs/examples.md; the engine shows them whoever wrote them.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from model.config import ModelConfig
from model.data.document import Document
from model.data.schema import LabelSchema
from model.evaluation.examples import example_set
from model.evaluation.scoring import score_documents
from model.thresholds.history import trace_content
from model.training.train import Outcome

EXAMPLES = "examples.json"
"""Documents with gold and prediction, errors by class."""

THRESHOLDS = "thresholds.json"
"""SCut's curve, the rounds of the climb, relation types."""


def write_artifacts(
    folder: Path,
    outcome: Outcome,
    documents: Sequence[Document],
    schema: LabelSchema,
    config: ModelConfig,
    log: Callable[[str], None],
) -> None:
    """Writes both files; what goes wrong is logged, because a finished training is worth more than its pictures.

    Args:
        folder: The trial's.
        outcome: Of its training.
        documents: The validation documents, in the order of the predictions.
        schema: The model's.
        config: The model's.
        log: Takes one line.
    """
    try:
        examples = example_set(documents, outcome.predictions, schema, tasks=config.tasks, epoch=outcome.best_epoch)
        write_json(folder / EXAMPLES, examples)
        classes = score_documents(documents, outcome.predictions, schema).tasks["rel_nec"].per_class
        names = schema.relation_types if "relation" in config.tasks else ()
        write_json(folder / THRESHOLDS, trace_content(outcome.trace, outcome.thresholds, classes, tuple(names)))
    except Exception as error:  # whatever it is, the score stands
        log(f"no examples for people: {type(error).__name__}: {error}")


def write_json(file: Path, content: Mapping[str, Any]) -> None:
    """Writes a file as a whole or not at all."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    part = file.with_suffix(".part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)
