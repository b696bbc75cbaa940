"""Names that training scripts give their options, what each means, and its usual starting range.

Notations: d is the option's default.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from engine.values import Value


@dataclass(frozen=True, kw_only=True, slots=True)
class StartingRange:
    """A starting range of a hyperparameter.

    Attributes:
        kind: ``float``, ``int`` or ``categorical``.
        low: Lower bound of a number.
        high: Upper bound of a number.
        log: Whether it is searched on a logarithmic scale.
        choices: The categories.
        domain: Hard limits, where the name implies them.
    """

    kind: Literal["float", "int", "categorical"]
    low: float = 0.0
    high: float = 1.0
    log: bool = False
    choices: tuple[Value, ...] = ()
    domain: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """Options whose name matches, what they are, and their range from the default."""

    pattern: str
    why: str
    searched: bool
    range: Callable[[float], StartingRange]


def _log_float(down: float, up: float, unset: tuple[float, float]) -> Callable[[float], StartingRange]:
    """D / down to d · up on a log scale; ``unset`` where d is 0."""

    def starting(d: float) -> StartingRange:
        low, high = (d / down, d * up) if d > 0 else unset
        return StartingRange(kind="float", low=rounded(low), high=rounded(high), log=True)

    return starting


def _boosting_rate(d: float) -> StartingRange:
    """As any rate, at most 1."""
    found = _log_float(10, 10, (1e-2, 1.0))(d)
    return replace(found, high=max(min(found.high, 1.0), d))


def _linear(low: float, high: float, domain: tuple[float, float] | None) -> Callable[[float], StartingRange]:
    """The usual range, widened to hold d."""

    def starting(d: float) -> StartingRange:
        return StartingRange(kind="float", low=min(low, d), high=max(high, d), domain=domain)

    return starting


def _log_int(factor: int, unset: tuple[int, int]) -> Callable[[float], StartingRange]:
    """D / factor to d · factor, whole numbers on a log scale; ``unset`` where d is below 1."""

    def starting(d: float) -> StartingRange:
        low, high = (max(1, int(d) // factor), int(d) * factor) if d >= 1 else unset
        return StartingRange(kind="int", low=low, high=max(high, low + 1), log=True)

    return starting


def _decay(d: float) -> StartingRange:
    """A factor a step where d is near 1; a small one is a scale, as the γ of a kernel."""
    return _linear(0.1, 1.0, None)(d) if 0.5 <= d <= 1 else _log_float(10, 10, (1e-3, 1.0))(d)


def _small_int(d: float) -> StartingRange:
    """1 to 2 d, for numbers of layers, heads and warmup epochs."""
    return StartingRange(kind="int", low=0 if d < 1 else 1, high=max(2, 2 * int(d)))


def rounded(value: float) -> float:
    """Two digits, as a person writes a bound."""
    return float(f"{value:.2g}")


RULES = (
    Rule(r"min_lr|lr_min|end_lr|lrf|warmup_lr", "other learning rate", False, _log_float(10, 10, (1e-7, 1e-3))),
    Rule(r"eta", "learning rate of boosting", True, _boosting_rate),
    Rule(
        r"(\w+_)?(lr|learning_rate|learningrate|eta)\d?|lr_base|lr_init",
        "learning rate", True, _log_float(10, 10, (1e-5, 1e-1)),
    ),
    Rule(
        r"(\w+_)?(wd|weight_decay|l2|l1|l2_reg|reg|reg_lambda|reg_alpha|lambda_l1|lambda_l2|alpha|regularization)",
        "regularization strength", True, _log_float(100, 10, (1e-6, 1e-1)),
    ),
    Rule(r"c|reg_c", "inverse regularization strength", True, _log_float(100, 100, (1e-2, 1e2))),
    Rule(
        r"(train_|per_device_train_|per_gpu_train_|mini_?)?(batch|batchsize|batch_size|bs|bsz)",
        "batch size", True, _log_int(4, (8, 128)),
    ),
    Rule(
        r"(\w+_)?(dropout|dropout_rate|dropout_prob|dropout_p|drop|drop_rate|drop_path|drop_path_rate|pdrop|p_drop)(_?p)?",
        "dropout", True, _linear(0.0, 0.5, (0, 1)),
    ),
    Rule(
        r"num_leaves|max_leaves|n_estimators|n_trees|num_trees|min_child_samples|min_data_in_leaf",
        "size of the trees", True, _log_int(4, (10, 1000)),
    ),
    Rule(r"max_depth", "depth of the trees", True, _small_int),
    Rule(
        r"subsample|bagging_fraction|feature_fraction|colsample_by\w+|max_samples|max_features",
        "share per tree", True, _linear(0.4, 1.0, (0, 1)),
    ),
    Rule(r"momentum", "momentum", True, _linear(0.8, 0.99, (0, 1))),
    Rule(r"gamma|lr_gamma|lr_decay|decay_rate|lr_decay_rate|step_gamma", "decay factor", True, _decay),
    Rule(
        r"(grad_|gradient_|max_)?(grad_)?(clip|clipping|clip_norm|clip_grad|clip_value|clip_val|grad_norm|clip_grad_norm)",
        "gradient clipping", True, _log_float(10, 10, (1e-1, 1e1)),
    ),
    Rule(r"(label_)?smoothing(_factor)?", "label smoothing", True, _linear(0.0, 0.2, (0, 1))),
    Rule(r"warmup_ratio|pct_start|warmup_fraction", "warmup share", True, _linear(0.0, 0.3, (0, 1))),
    Rule(
        r"mixup(_alpha)?|cutmix(_alpha)?|reprob|mosaic|mask_prob\w*|aug_prob|flip|hflip|fliplr",
        "augmentation", True, _linear(0.0, 1.0, None),
    ),
    Rule(r"(adam_)?beta_?1", "Adam's β1", False, _linear(0.8, 0.99, (0, 1))),
    Rule(r"(adam_)?beta_?2", "Adam's β2", False, _linear(0.9, 0.9999, (0, 1))),
    Rule(r"(adam_|opt_)?eps(ilon)?|tol", "tolerance", False, _log_float(100, 100, (1e-9, 1e-5))),
    Rule(r"lora_(r|rank)|lora_alpha", "size of the adapter", False, _log_int(4, (4, 64))),
    Rule(
        r"hidden\w*|width|n_?hid|em_?size|emb\w*(dim|size)|(\w+_)?dim|d_model|n_embd|units|n_units|filters|\w*channels"
        r"|lin\d_size|mlp_ratio",
        "width of the model", False, _log_int(4, (16, 512)),
    ),
    Rule(
        r"(n_|num_|nb_)?(hidden_)?(layers?|blocks|heads?)|nlayers|nheads?|n_layer|n_head|depth",
        "depth of the model", False, _small_int,
    ),
    Rule(
        r"bptt|block_size|seq_len|sequence_length|max_len(gth)?|max_seq_length|window",
        "length of the input", False, _log_int(4, (32, 512)),
    ),
    Rule(
        r"gradient_accumulation_steps|grad_accum\w*|accum\w*", "gradient accumulation", False, _log_int(4, (1, 8))
    ),
    Rule(r"(lr_)?warm_?up(_epochs|_steps|_iters)?", "warmup", False, _small_int),
    Rule(
        r"(\w+_)?(temperature|temp|tau|margin|sigma|noise\w*|std|loss_weight|weight|box|cls|obj|coef\w*|lambda\w*)",
        "scale", False, _log_float(10, 10, (1e-2, 1e1)),
    ),
    Rule(r"n_neighbors|k|n_components|n_clusters|degree", "count", False, _small_int),
)  # fmt: skip
"""Hyperparameters by name, the most influential first; the first that matches counts."""

CATEGORIES = (
    r"(\w+_)?(opt|optim|optimizer|activation|act|scheduler|sched|lr_scheduler\w*|loss|criterion|kernel|solver|norm"
    r"|pooling|init|booster|boosting_type|boosting)"
)
"""Options with a list of choices that are hyperparameters."""

SWITCHES = (
    r"tied|tie_\w+|nesterov|amsgrad|bias|use_(bn|bias|\w*norm)|batch_?norm|layer_?norm|augment\w*|aug|no_aug|shuffle"
    r"|early_stopping|fit_intercept"
)
"""Truth values that are hyperparameters."""

OUTPUTS = (
    r"out|output|outputs|save|log|logging|work|exp|experiment|run|result|results|checkpoints?|ckpt|logs|models?|tb"
)
"""Beginnings of the names of output folders, and names that alone may mean one."""

FACTS = (
    (r"(n_|num_|nb_|max_|total_|train_|training_|num_train_)*epochs?", "{epochs}", "number of epochs"),
    (r"(random_|manual_|rng_|global_|np_|torch_|py_)*(seed|random_state)", "{seed}", "random seed"),
    (
        r"(train_|training_|data_|dataset_)*(fraction|frac)|limit_train_batches",
        "{train_fraction}", "share of the training data",
    ),
    (
        rf"({OUTPUTS}|default_root|tensorboard_log)_?(dir|path|folder|directory|root)?_?(dir)?|project",
        "{run_dir}", "folder for output",
    ),
)  # fmt: skip
"""Options that the trial itself fills: name, what with, what they are."""

OUTPUT_ALONE = rf"({OUTPUTS})|project|(model|checkpoint|ckpt)_?(path|dir)"
"""Names of output folders that mean something else as often: only a default that looks like a path is believed, or the
script's own words, where there is no default."""

WRITTEN = r"out|save|log|work|result|tb|tensorboard"
"""Beginnings of the names of places that a script writes to; a model or a checkpoint may be read from its place."""

PLACE = r"\b(path|folder|directory|dir)\b"
"""Words of a help text that say that an option names a place."""
