"""The page on how projects go: every block of it runs, in order, and does what it says."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

import crowd.client
from crowd.client import Client
from crowd.services import operations, results
from tests.client.conftest import _inside
from tests.factories import World, decided
from tests.workers.test_consensus_jobs import events
from tests.workers.test_progress_jobs import past_pace
from workers.jobs import what_ifs
from workers.jobs.consensus import refit_project
from workers.jobs.progress import keep_project

PAGE = (Path(__file__).parents[2] / "docs" / "progress.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def halfway(session: Session) -> World:
    """Twenty of thirty tasks are done; one annotator is always wrong."""
    world = World(session, overlap_min=3, price=Decimal("0.05"), currency="EUR")
    done, _ = world.tasks(20), world.tasks(10)
    for task in done:
        for name, label in (("ann", "yes"), ("bea", "yes"), ("cyn", "no")):
            world.answer(name, task, label)
    refit_project(world.project_id)
    session.expire_all()
    results.record(session, world.config, [decided(task, seen=3, run=1) for task in done])
    past_pace(world, answers=3, slots=40)
    return world


def test_every_block_does_what_the_page_says(
    app: Flask, halfway: World, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    keep_project(halfway.project_id)
    with _inside(app, halfway.requester_token) as requester:
        monkeypatch.setattr(crowd.client, "Client", lambda url, key: requester)
        names: dict[str, Any] = {"url": "", "key": "", "project_id": str(halfway.project_id)}
        names["annotator_id"] = str(halfway.annotator("cyn").id)
        for block in BLOCKS:
            first, *rest = re.split(r"(?=^found = )", block, flags=re.MULTILINE)
            exec(first, names)
            # what workers do meanwhile
            what_ifs.answer(events(halfway, "what_if.requested"))
            if "act" in names:
                while operations.go_on(halfway.session, names["act"].id):
                    pass
            exec("".join(rest), names)

    said = capsys.readouterr().out
    assert said.startswith("20 of 30 None\n")
    assert "nobody" not in said
    assert "(30, 30, 30)\n3 (Decimal('1.5')" in said
    assert "3.0 4.50 None 0.0\n1.0 1.50 " in said
    assert "1 annotators\n" in said
    assert len(names["wrong"]) == 20
    assert said.endswith("project.changed test\n")
    assert isinstance(requester, Client)
