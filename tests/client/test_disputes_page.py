"""The page on disputes: every block of it runs, in order, on a project where it is of use."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask import Flask

import crowd.client
import crowd.models
from crowd.client import Client
from crowd.services import tenants
from tests.factories import World
from workers.jobs.consensus import refit_project

PAGE = (Path(__file__).parents[2] / "docs" / "disputes.md").read_text()
FIRST, *BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def test_every_block_does_what_the_page_says(
    app: Flask,
    world: World,
    requester: Client,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Any,
) -> None:
    world.change(overlap_max=2)
    for item in ("bat", "penguin"):
        world.disputed("yes", "no", payload={"text": item})
    refit_project(world.project_id)
    tenant = world.session.get_one(crowd.models.Tenant, world.requester.tenant_id)
    _, token = tenants.create_key(world.session, tenant, name="colleague")
    monkeypatch.setattr(crowd.client, "Client", lambda url, key: requester)

    with Client("http://crowd", token, transport=httpx.WSGITransport(app=app)) as colleague:
        names = {"url": "", "key": "", "project_id": str(world.project_id), "colleague": colleague}
        for block in (FIRST, *BLOCKS):
            exec(block, names)

    said = capsys.readouterr().out
    for block in BLOCKS:
        for line in re.findall(r"  # (.*)$", block, re.MULTILINE):
            assert f"{line}\n" in said
    assert said.endswith("0 0 None 0.0 1.0\n")
