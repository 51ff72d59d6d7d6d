"""The page on the console: every block of it runs, in order."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import crowd.client
from crowd.client import Client

PAGE = (Path(__file__).parents[2] / "docs" / "console.md").read_text()
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_every_block_does_what_the_page_says(
    requester: Client, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(crowd.client, "Client", lambda url, key: requester)
    names = {"url": "", "key": ""}

    for block in BLOCKS:
        exec(block, names)

    said = capsys.readouterr().out.splitlines()
    assert "/console/sign-in/" in said[0]
    assert said[1] == "Grace Hopper ('qa_lead', 'requester')"
    assert list(requester.users.list()) == []
