"""The page on models: every block of it runs, in order, on a project where it is of use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import crowd.client
from crowd.client import Client
from crowd.models import OutboxEvent
from tests.factories import World
from workers.jobs import consensus

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text()
FIRST, *BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def work(world: World) -> None:
    """Do what workers do meanwhile."""
    for topic, job in (
        ("answer.submitted", consensus.update_posteriors),
        ("refit.requested", consensus.refit),
    ):
        query = select(OutboxEvent.id).filter_by(topic=topic, project_id=world.project_id)
        job(list(world.session.scalars(query)))
    world.session.expire_all()


def test_every_block_does_what_the_page_says(
    world: World,
    requester: Client,
    marketplace: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    world.change(overlap_min=1, target_confidence=0.6)
    for number in range(1, 4):
        task = world.task(f"photo-{number}", payload={"image": number})
        world.answer("looks", task, "yes")
    world.task("photo-4")
    world.annotator("ann")
    monkeypatch.setattr(crowd.client, "Client", lambda url, key: requester)
    ids = {"project_id": str(world.project_id)}
    names = {"url": "", "key": "", "marketplace": marketplace, **ids}
    exec(FIRST, names)

    for block in BLOCKS:
        exec(block, names)
        work(world)

    said = capsys.readouterr().out
    assert said.startswith("resnet@3 3 ")
    assert "'model': 'resnet@3'" in said
    assert "'confidence': 0.93" in said
    assert "{'image': 2} no yes" in said
    assert "{'image': 1} yes yes" not in said
