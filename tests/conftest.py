"""Fixtures every test may use."""

import os
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import event
from sqlalchemy.pool import Pool

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

# A loaded machine is no failure, and what fails must fail again.
settings.register_profile("trimtab", deadline=None, derandomize=True)
settings.load_profile("trimtab")

SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-slow", action="store_true", help="also run the real trainings marked slow")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--run-slow"):
        return
    skip = pytest.mark.skip(reason="slow: run with --run-slow")
    for item in items:
        if "slow" in item.keywords:
            item.add_marker(skip)


POOLS: "weakref.WeakSet[Pool]" = weakref.WeakSet()
"""Pools that opened a connection since the last test ended."""


@event.listens_for(Pool, "connect")
def _note_pool(_: Any, record: Any) -> None:
    POOLS.add(record._ConnectionRecord__pool)


@pytest.fixture(autouse=True)
def no_connections_stay_open() -> Iterator[None]:
    """Close idle connections to stores after each test: thousands of tests would run out of file descriptors."""
    yield
    for pool in list(POOLS):
        pool.dispose()
    POOLS.clear()


@pytest.fixture(scope="session")
def re_docred_dev() -> Path:
    """The 500 development documents of Re-DocRED, where this checkout has them beside it."""
    path = SHARED / "data" / "re-docred" / "dev_revised.json"
    if not path.exists():
        pytest.skip(f"needs {path}")
    return path
