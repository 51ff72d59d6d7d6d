"""The commands of the page on the console, as they stand there, on a running service."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import httpx

from tests.walk.conftest import Service

PAGE = (Path(__file__).parents[2] / "docs" / "console.md").read_text()
COMMANDS = [
    shlex.split(line)[1:]
    for block in re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
]


def test_every_command_does_what_the_page_says(standing: Service) -> None:
    _, link, key = (standing.crowd(*words) for words in COMMANDS)

    with httpx.Client(trust_env=False) as browser:
        shown = browser.get(link)
        followed = browser.post(link)
        console = browser.get(f"{standing.base_url}/console/")
        seen = browser.get(
            f"{standing.base_url}/api/v1/system", headers={"Authorization": f"Bearer {key}"}
        )

    assert (shown.status_code, followed.status_code) == (200, 303)
    assert "Ada Byron" in console.text
    assert {one["name"]: one["ok"] for one in seen.json()["findings"]}["database"]
