"""The page on quality: every block of it runs, in order, on a project where it is of use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import crowd.client
from crowd.client import Client
from crowd.services import judgements
from tests.factories import World

PAGE = (Path(__file__).parents[2] / "docs" / "quality.md").read_text()
FIRST, *BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_every_block_does_what_the_page_says(
    world: World,
    requester: Client,
    marketplace: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    for name, label in (("guesses", "no"), ("looks", "yes")):
        for task in [world.task(gold="yes") for _ in range(8)]:
            world.answer(name, task, label)
    guesses, looks = (str(world.annotator(name).id) for name in ("guesses", "looks"))
    monkeypatch.setattr(crowd.client, "Client", lambda url, key: requester)
    world.annotator("ann")
    ids = {"project_id": str(world.project_id), "annotator_id": looks}
    names = {"url": "", "key": "", "marketplace": marketplace, **ids}
    exec(FIRST, names)

    for block in BLOCKS:
        exec(block, names)
        # what a worker does meanwhile
        for who in judgements.annotators_to_judge(world.session, world.project_id):
            judgements.judge(world.session, world.project_id, who)

    said = capsys.readouterr().out
    reason = "gold 0 of 4 in the last 20, limit 0.6"
    assert said.startswith("Only living birds count. Look twice.\n")
    assert f"1 of 2 annotators\n{guesses} 4 {reason}\n" in said
    assert f"{guesses} exclude misses gold: {reason}\n" in said
    assert said.endswith("8\n")
