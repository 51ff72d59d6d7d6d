"""The page on agreement and the gold desk: every block of it runs, in order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import crowd.client
from crowd.client import Client
from crowd.services import gold, guidelines
from tests.factories import World
from tests.workers.planted_answers import crowd as work
from tests.workers.planted_answers import other
from workers.jobs.consensus import refit_project
from workers.jobs.surveys import survey_project

PAGE = (Path(__file__).parents[2] / "docs" / "agreement.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def planted(world: World) -> None:
    """Have four annotators answer, before a guideline and after it, one gold task being wrong."""
    made = work(world, 30, "abcd", lambda *_: 0.95, known=15)
    guidelines.add(world.session, world.requester, world.project_id, body="Look twice.")
    world.change(guideline=1, must_accept=False)
    work(world, 30, "abcd", lambda *_: 0.98, known=15)
    wrong, label = made[0]
    gold.put(world.session, world.requester, wrong, label=other(label))
    refit_project(world.project_id)
    survey_project(world.project_id)


def test_every_block_does_what_the_page_says(
    world: World, requester: Client, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    planted(world)
    monkeypatch.setattr(crowd.client, "Client", lambda url, key: requester)
    names = {"url": "", "key": "", "project_id": str(world.project_id)}

    for block in BLOCKS:
        exec(block, names)

    said = capsys.readouterr().out
    assert re.match(r"alpha 0\.\d\d over 360 pairs of answers\n", said)
    assert "sure 0.9" in said
    assert "accuracy on gold +" in said
    assert "everybody has had it\n" in said
