"""Hide passwords, tokens and keys in what a person reads, exports or stores."""

import os
import re
from collections.abc import Mapping
from typing import Any

MASK = "***"

URL_PASSWORD = re.compile(r"([A-Za-z][\w+.-]*://[^\s:/@'\"]*):[^\s'\"]*@")
"""``scheme://user:`` and the password behind it, up to the last ``@``."""

NAMED_SECRET = re.compile(
    r"(\b[\w-]*(?:password|passwd|pwd|secret|token|api_?key|access_?key|private_?key)\s*=\s*)[^\s&;'\"]+", re.IGNORECASE
)
"""``password=…`` in a URL's query or in a connection string."""

SECRET_KEY = re.compile(
    r"(^|[_-])(token|secret|password|passwd|pwd|credentials?|auth|(api|access|secret|private)_?key)$", re.IGNORECASE
)
"""Name of a fact whose text is a secret."""

SECRET_VARIABLE = re.compile(
    r"TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE|WEBHOOK|(^|_)(PWD|KEY|PAT|AUTH)$|APIKEY", re.IGNORECASE
)
"""Name of an environment variable whose value is a secret."""

SHORTEST_SECRET = 6
"""Characters; a shorter value of such a variable is more likely a word that occurs by itself."""


def masked_text(text: str) -> str:
    """A text without the passwords of the URLs and connection strings in it."""
    if "://" not in text and "=" not in text:
        return text
    return NAMED_SECRET.sub(rf"\1{MASK}", URL_PASSWORD.sub(rf"\1:{MASK}@", text))


def masked(value: Any, hidden: tuple[str, ...] | None = None) -> Any:
    """The same facts without secrets: passwords in URLs, values of secret variables, texts under secret names.

    Args:
        value: Anything that JSON can hold.
        hidden: Texts to hide; by default the values of this process's secret environment variables.
    """
    words = secret_values() if hidden is None else hidden
    if isinstance(value, str):
        shown = masked_text(value)
        for word in words:
            shown = shown.replace(word, MASK)
        return shown
    if isinstance(value, Mapping):
        return {
            key: MASK if isinstance(one, str) and one and SECRET_KEY.search(str(key)) else masked(one, words)
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(one, words) for one in value]
    return value


def secret_values() -> tuple[str, ...]:
    """The values of this process's secret environment variables, the longest first."""
    found = {value.strip() for name, value in os.environ.items() if name != "PWD" and SECRET_VARIABLE.search(name)}
    return tuple(sorted((one for one in found if len(one) >= SHORTEST_SECRET), key=len, reverse=True))
