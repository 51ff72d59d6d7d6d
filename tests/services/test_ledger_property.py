"""Whatever happens to a project that pays, and wherever it is cut off, the books balance.

CROWD_DEPTH multiplies how much happens, and makes it something else in each run.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from tests.services.ledger_books import assert_books_balance
from tests.services.ledger_life import Life

DEPTH = int(os.environ.get("CROWD_DEPTH", "1"))
SEED = random.randrange(10**6) if "CROWD_DEPTH" in os.environ else 0
LIVES, STEPS, CHECKED_EVERY = 2 * DEPTH, 500, 100
#: Of so many operations one is cut off.
CRASH_EACH = 3


class Crash(Exception):
    """The process has gone, between two statements."""


class Fuse:
    """Cuts an operation off before one of its statements."""

    def __init__(self) -> None:
        self.left: int | None = None

    def burn(self) -> None:
        if self.left is None:
            return
        self.left -= 1
        if self.left < 0:
            self.left = None
            raise Crash


@pytest.fixture
def fuse(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fuse]:
    """Every statement goes through here, whether the driver or SQLAlchemy is asked."""
    fuse, execute = Fuse(), psycopg.Cursor.execute

    def burning(cursor: Any, *args: Any, **kwargs: Any) -> Any:
        fuse.burn()
        return execute(cursor, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", burning)
    return fuse


def test_the_books_balance_whatever_happens_and_wherever_it_is_cut_off(
    committed: Engine, fuse: Fuse
) -> None:
    chance, done = random.Random(SEED), Counter[str]()
    for _ in range(LIVES):
        life = Life(chance)
        for step in range(1, STEPS + 1):
            fuse.left = chance.randrange(12) if chance.random() < 1 / CRASH_EACH else None
            try:
                life.step()
            except Crash:
                done["crash"] += 1
            fuse.left = None
            if step % CHECKED_EVERY == 0:
                with committed.connect() as connection:
                    assert_books_balance(connection)
        done += life.done

    print(SEED, dict(done))  # noqa: T201 - what is needed to do it again
    assert {act.__name__ for act in life.often} <= done.keys()
    assert done["crash"] > LIVES * STEPS / CRASH_EACH / 4


def test_a_killed_process_leaves_balanced_books(committed: Engine) -> None:
    url = committed.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.services.ledger_life", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as living:
        assert living.stdout is not None
        for _ in range(50):
            assert living.stdout.readline() == b"lives\n"
        time.sleep(random.random() / 20)
        living.kill()

    with committed.connect() as connection:
        assert_books_balance(connection)
