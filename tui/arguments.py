"""The words of the command line: whose verb it is, and which options are global."""

from engine.api import store_checks_named

ENGINE_VERBS = {
    "init": "draft a thread file from a training script",
    "thread": "make, list and show threads",
    "sprint": "plan, start, stop, resume and show sprints",
    "trial": "list and show trials",
    "worker": "work on a sprint in this process, for any scheduler",
    "review": "findings and proposals of a sprint",
    "space": "show and trim a thread's space; undo, log",
    "auto": "sprint after sprint with an automatic reviewer",
    "report": "write the story of a thread as HTML or Markdown",
    "export": "a sprint as CSV, JSON, Parquet or Optuna study",
    "import": "a CSV file or an Optuna study as a sprint",
    "hook": "try what is called at a sprint's end",
    "doctor": "check this machine",
}
"""Verbs of ``python -m engine``."""

MODEL_VERBS = {
    "train": "train the joint model once",
    "evaluate": "score a checkpoint",
    "predict": "entities and relations of documents",
    "calibrate": "thresholds of a trained model",
    "data": "check and sample documents",
    "model": "describe a model configuration",
}
"""Verbs of ``python -m model``."""

SHARED_OPTIONS = ("--workspace", "--store")
"""Global options that the engine knows as well."""

SHARED_SWITCHES = ("--group", "--readonly", "--ascii")
"""The same without a value."""

VALUE_OPTIONS = (*SHARED_OPTIONS, "--interval", "--theme")
"""Global options that a value follows."""

OWN_VERBS = ("ui", "demo", "serve", "completion")
"""Verbs that open the interface."""

SWITCHES = ("--readonly", "--mouse", "--no-mouse", "--ascii")
"""Global options of the interface without a value."""


def verb_of(arguments: list[str]) -> str:
    """The first word that is neither an option nor an option's value; empty where there is none."""
    words = iter(arguments)
    for word in words:
        if not word.startswith("-"):
            return word
        if word in VALUE_OPTIONS:
            next(words, None)
    return ""


def globals_first(arguments: list[str]) -> list[str]:
    """The same words with global options in front, so that they may stand before or after the verb.

    Of a verb of the engine or the model only the shared ones are global; ``doctor --store`` without a URL is its own.
    """
    opens = verb_of(arguments) in OWN_VERBS
    valued, switches = (VALUE_OPTIONS, (*SWITCHES, *SHARED_SWITCHES)) if opens else (SHARED_OPTIONS, SHARED_SWITCHES)
    front: list[str] = []
    rest: list[str] = []
    words = iter(store_checks_named(arguments))
    for word in words:
        if word == "--":
            rest += [word, *words]
        elif word in valued:
            front += [word, *([value] if (value := next(words, None)) is not None else [])]
        elif word in switches or word.partition("=")[0] in valued:
            front.append(word)
        else:
            rest.append(word)
    return [*front, *rest]
