"""The page on who may work: every block of it runs, in order, and does what it says."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import crowd.client
from crowd.client import Client
from tests.factories import World
from workers.jobs.consensus import refit_project

PAGE = (Path(__file__).parents[2] / "docs" / "access.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def answer(question: str, payload: Mapping[str, Any], labels: Sequence[str]) -> str:
    """An annotator who takes bats for birds, and knows everything else."""
    return "none" if "moth" in payload["text"] else "bird"


def test_every_block_does_what_the_page_says(
    world: World,
    requester: Client,
    marketplace: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    monkeypatch.setattr(crowd.client, "Client", lambda url, key: requester)
    for task in [world.task(gold="yes") for _ in range(20)]:
        world.answer("ann", task, "yes")
    world.task()
    names = {
        "url": "",
        "key": "",
        "marketplace": marketplace,
        "answer": answer,
        "project_id": str(world.project_id),
        "annotator_id": str(world.annotator("ann").id),
    }

    for block in BLOCKS:
        exec(block, names)
        # what a worker does meanwhile
        refit_project(world.project_id)
        world.session.expire_all()

    said = capsys.readouterr().out
    assert said.startswith("['granted']\nFalse A bat is no bird, though it flies.\npassed 1.0\n")
    assert f"{names['annotator_id']} passed 1.0\n" in said
    assert "retraining_required True\nTrue True\n" in said
    ann = names["annotator_id"]
    assert said.endswith(f"\n1\n{ann} an ornithologist\n{ann} False\n")
    assert world.lease("ann").leases
