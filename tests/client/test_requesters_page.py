"""The guide for requesters: every block of it runs, in order, and does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import crowd.client
from crowd.client import Client
from crowd.models import OutboxEvent
from crowd.services import quality_reports
from tests.factories import World
from workers.jobs import imports
from workers.jobs import quality_reports as reports

PAGE = (Path(__file__).parents[2] / "docs" / "guides" / "requesters.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
JOBS = (("import.requested", imports.go_on), (quality_reports.TOPIC, reports.write))


def work(world: World) -> None:
    """Let the workers do what waits for them."""
    for topic, job in JOBS:
        job(list(world.session.scalars(select(OutboxEvent.id).filter_by(topic=topic))))
    world.session.expire_all()


def test_every_block_does_what_the_page_says(
    world: World,
    requester: Client,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: Any,
) -> None:
    monkeypatch.setattr(crowd.client, "Client", lambda url, key: requester)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"url": "", "key": ""}

    for block in BLOCKS:
        exec(block, names)
        work(world)

    said = capsys.readouterr().out
    assert "sentiment asks: How does the writer feel about it?\n" in said
    assert "draft ('negative', 'neutral', 'positive') guideline 1\n" in said
    assert "shown: ['text']\n" in said
    assert "the CSV needs a column external_id" in said
    assert "done 2 came in\nline 4 external_id must have 1 to 200 characters\n" in said
    assert "the same as known: 1 of 2\n1,000 items take 3000 to 5000 answers\nopen []\n" in said
    assert said.endswith("2 tasks, settings 3\nlabels that are right: 0 of 0\n")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
