import pytest

from engine.errors import EngineError
from engine.secrets import masked, masked_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://me:pa:ss@w0rd@host:1/db", "postgresql://me:***@host:1/db"),
        (
            "got postgresql+psycopg://me:pw@host/db?sslmode=x here",
            "got postgresql+psycopg://me:***@host/db?sslmode=x here",
        ),
        ("postgresql://me@host/db?password=pw&x=1", "postgresql://me@host/db?password=***&x=1"),
        ("connection to host=x password=pw user=me", "connection to host=x password=*** user=me"),
        ("https://:pw@host", "https://:***@host"),
        ("http://host:8765/page and me@example", "http://host:8765/page and me@example"),
        ("lr=0.1, epochs=3", "lr=0.1, epochs=3"),
    ],
)
def test_a_text_shows_no_password(text: str, shown: str) -> None:
    assert masked_text(text) == shown


def test_every_error_that_a_person_reads_is_masked() -> None:
    error = EngineError("got postgresql://me:pw@host/db", "not postgresql://me:pw@host/db")
    assert "pw" not in f"{error} {error.message} {error.hint} {error.args}"


def test_facts_lose_the_secrets_of_the_environment_and_what_is_named_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefgh")
    monkeypatch.setenv("MY_KEY", "short")
    facts = {
        "command": "train --token hf_abcdefgh --mode short", "api_key": "k", "n_tokens": 12, "tokenizer": "bert",
        "nested": [{"db_password": "x", "url": "redis://u:p@h"}], "n_train": 3, "ok": True, "none": None,
    }  # fmt: skip
    assert masked(facts) == {
        "command": "train --token *** --mode short", "api_key": "***", "n_tokens": 12, "tokenizer": "bert",
        "nested": [{"db_password": "***", "url": "redis://u:***@h"}], "n_train": 3, "ok": True, "none": None,
    }  # fmt: skip
