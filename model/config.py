"""The model configuration: every option of the study is a switch; any combination is valid or refused with a reason."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from model.config_reader import one_of, read_record
from model.errors import ModelError

TASKS = ("mention", "coref", "entity", "relation")
"""The four tasks in the order of the network; also the names of the task groups of LR0-L2."""

TYPES = ("JointMRC", "JointGRC", "Mention", "Coref", "Entity", "Relation")
"""JointMRC classifies relations by mention pairs, JointGRC by entity pairs; the others are one head, given gold."""

GROUPINGS = ("GLOBAL", "LR0-L2", "LR1-L2", "LR2-L2")
"""How finely learning rates and weight decays are told apart (paper A.2, Table 1)."""

PRECISIONS = ("32", "bf16", "fp16")
"""Arithmetic of the encoder; weights and heads stay in 32 bits. fp16 needs a GPU, bf16 pays on newer CPUs too."""

POLICIES = ("fixed", "algorithm-2", "after-10", "b14", "exact")
"""How thresholds move while training (:data:`model.thresholds.policy.PRESETS`)."""

CALIBRATIONS = ("climb", "rotate", "exact")
"""How they move in the calibration phase after it."""

SCHEDULES = ("one-cycle", "linear")
"""Shape of the learning rate where a trial has its scheduler on; ``linear`` is JEREX's warmup and decay."""

_TASKS_OF = {
    "JointMRC": TASKS,
    "JointGRC": TASKS,
    "Mention": ("mention",),
    "Coref": ("coref",),
    "Entity": ("entity",),
    "Relation": ("relation",),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelConfig:
    """One model configuration; the defaults are those of the public JEREX code, with the enhancements off.

    Attributes:
        type: One of :data:`TYPES`.
        encoder: ``minilm``, ``tiny``, a hub name or a folder.
        grouping: One of :data:`GROUPINGS`.
        pos: Part-of-speech tags: BERT appends an encoding, Longformer attends globally to nouns.
        pos_pipeline: The spaCy pipeline that tags.
        pos_width: Width of the appended encoding.
        asl: Asymmetric loss for ``asl_tasks``.
        asl_tasks: Some of mention, coref, relation.
        asl_adaptive: γ− follows the gap between positives and negatives.
        dtl: Learned task weights in place of ``w_mention`` ….
        class_thresholds: One relation threshold a type wherever thresholds move.
        thresholds: One of :data:`POLICIES`.
        calibration: One of :data:`CALIBRATIONS`.
        threshold_shrinkage: Gold relations at which a class threshold goes half way to the global one; 0 for none.
        score: Metric a search maximizes, one of ``<task>_f1_micro``; empty for the strictest the type has. At a very
            low fidelity relations may not be learned yet, and a score that is 0 throughout tells a search nothing.
        nha: Heads that predict how many mentions a document and relations a pair has, for top-k at inference.
        schedule: One of :data:`SCHEDULES`.
        batch_size: Documents a batch.
        accumulate: Batches an optimizer step.
        precision: One of :data:`PRECISIONS`.
        clip_norm: Longest gradient, 0 for no clipping.
        dropout: Share of units dropped in the heads where no hyperparameter says otherwise, 0..1.
        encoder_dropout: The same in the encoder; what it was pretrained with if absent.
        max_words: Longest candidate span, in words.
        meta_width: Width of the size and type embeddings.
        negative_mentions: Spans that are no mention, a document.
        negative_overlap: Share of them drawn from inside mentions, 0..1.
        negative_corefs: Pairs of mentions of different entities, a document.
        negative_relations: Pairs of unrelated entities, a document.
        threshold_mention: Score from which a span is a mention, 0..1; all three are where thresholds begin.
        threshold_coref: Score from which mentions are one entity, 0..1.
        threshold_relation: Score from which a relation holds, 0..1.
        window_overlap: Pieces shared by neighbouring windows of a document too long for the encoder, at most half a
            window.
        max_pairs_per_word: Mention pairs an inference may look at, per word of the document: above, the mentions of
            lowest score are left out, so that a low threshold costs neither memory nor time without bound.
        pair_memory: MiB a chunk of pairs may take at inference.
    """

    type: str = "JointMRC"
    encoder: str = "minilm"
    grouping: str = "GLOBAL"
    pos: bool = False
    pos_pipeline: str = "en_core_web_sm"
    pos_width: int = 25
    asl: bool = False
    asl_tasks: tuple[str, ...] = ("relation",)
    asl_adaptive: bool = False
    dtl: bool = False
    class_thresholds: bool = False
    thresholds: str = "fixed"
    calibration: str = "climb"
    threshold_shrinkage: float = 0.0
    score: str = ""
    nha: bool = False
    schedule: str = "one-cycle"
    batch_size: int = 1
    accumulate: int = 1
    precision: str = "32"
    clip_norm: float = 1.0
    dropout: float = 0.1
    encoder_dropout: float | None = None
    max_words: int = 10
    meta_width: int = 25
    negative_mentions: int = 200
    negative_overlap: float = 0.5
    negative_corefs: int = 200
    negative_relations: int = 200
    threshold_mention: float = 0.85
    threshold_coref: float = 0.85
    threshold_relation: float = 0.6
    window_overlap: int = 64
    max_pairs_per_word: int = 100
    pair_memory: int = 16

    def __post_init__(self) -> None:
        one_of(self.type, TYPES, "model type")
        one_of(self.grouping, GROUPINGS, "grouping")
        one_of(self.precision, PRECISIONS, "precision")
        one_of(self.schedule, SCHEDULES, "schedule")
        one_of(self.thresholds, POLICIES, "thresholds")
        one_of(self.calibration, CALIBRATIONS, "calibration")
        if self.asl and not self.asl_tasks:
            raise ModelError("asl needs tasks whose loss it is; asl_tasks is empty", "name some, or leave asl out")
        for task in self.asl_tasks:
            one_of(task, ("mention", "coref", "relation"), "asl_tasks")
            if self.asl and task not in self.tasks:
                raise ModelError(
                    f"asl_tasks must be tasks of the model type {self.type}; given: {task}", "set asl_tasks"
                )
        if self.asl_adaptive and not self.asl:
            raise ModelError("asl_adaptive changes the asymmetric loss, which is off", "set asl: true")
        if self.dtl and len(self.tasks) == 1:
            raise ModelError(f"dtl weighs several tasks; the model type {self.type} has one", "leave dtl out")
        if self.class_thresholds and "relation" not in self.tasks:
            raise ModelError(
                f"class_thresholds are of relations; the model type {self.type} finds none", "leave it out"
            )
        if self.thresholds != "fixed" and "relation" not in self.tasks:
            raise ModelError(
                f"thresholds move by the relations they let through; the model type {self.type} finds none",
                "set thresholds: fixed, and threshold_mention or threshold_coref to the values wanted",
            )
        if self.nha and not {"mention", "relation"} & set(self.tasks):
            raise ModelError(
                f"nha counts mentions and relations; the model type {self.type} finds neither", "leave it out"
            )
        if self.score:
            one_of(self.score, self.metrics, f"score of the model type {self.type}")
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in _AT_LEAST and value < _AT_LEAST[field.name]:
                raise ModelError(f"{field.name} must be at least {_AT_LEAST[field.name]}; given: {value}")
            if field.name in _SHARES and value is not None and not 0 <= value <= 1:
                raise ModelError(f"{field.name} must lie in 0..1; given: {value}")

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> "ModelConfig":
        """Reads the ``model:`` part of a thread file.

        Raises:
            ModelError: If a key is unknown or a value does not fit.
        """
        return read_record(cls, given, "model options")

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks this type learns, some of :data:`TASKS`."""
        return _TASKS_OF[self.type]

    @property
    def scored_tasks(self) -> tuple[str, ...]:
        """What this type can be judged by, some of :data:`model.evaluation.scores.TASKS`."""
        return _SCORES_OF.get(self.type, _JOINT_SCORES)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the scores this type can be judged by, the strictest last."""
        return tuple(f"{task}_f1_micro" for task in self.scored_tasks)

    @property
    def metric(self) -> str:
        """Name of the score."""
        return self.score or self.metrics[-1]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(self).items()}


_JOINT_SCORES = ("mention", "coref", "entity", "rel", "rel_nec")
_SCORES_OF = {"Mention": ("mention",), "Coref": ("coref",), "Entity": ("entity",), "Relation": ("rel", "rel_nec")}
_AT_LEAST = {
    "pos_width": 1,
    "batch_size": 1,
    "accumulate": 1,
    "clip_norm": 0,
    "max_words": 1,
    "meta_width": 1,
    "threshold_shrinkage": 0,
    "negative_mentions": 0,
    "negative_corefs": 0,
    "negative_relations": 0,
    "window_overlap": 0,
    "max_pairs_per_word": 1,
    "pair_memory": 1,
}
_SHARES = (
    "dropout",
    "encoder_dropout",
    "negative_overlap",
    "threshold_mention",
    "threshold_coref",
    "threshold_relation",
)
