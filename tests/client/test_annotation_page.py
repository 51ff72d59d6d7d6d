"""The guide to the annotation page: every block of it runs, in order, and does what it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import crowd.client
from crowd.client import Client
from tests.factories import World

PAGE = (Path(__file__).parents[2] / "docs/guides/annotation-page.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_every_block_does_what_the_page_says(
    world: World,
    app: Flask,
    requester: Client,
    marketplace: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    monkeypatch.setattr(crowd.client, "Client", lambda url, key: requester)
    ids = {
        "marketplace_id": str(world.marketplace.tenant_id),
        "bob": str(world.annotator("bob").id),
    }
    names: dict[str, Any] = {"url": "", "key": "", "marketplace": marketplace, **ids}
    *before, last = BLOCKS
    for block in before:
        exec(block, names)
        world.session.expire_all()
    address = names["address"].removeprefix("http://crowd")
    came = app.test_client().get(address, follow_redirects=True)

    exec(last, names)

    assert "How does the voice sound?" in came.text
    assert "Listen to the end before you answer." in came.text
    said = capsys.readouterr().out
    assert said == "a\n20 None\nannotator=bob&\n[(True, 0)]\n[True, False]\n"
