"""The page about payments: its commands do what it says, and time accepts what nobody reviews."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.walk.conftest import Service

PAGE = (Path(__file__).parents[2] / "docs" / "payments.md").read_text()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's example needs curl")
def test_the_page_s_commands_do_what_it_says(standing: Service) -> None:
    keys = {"ACME": standing.key("Acme", "requester"), "BEES": standing.key("Bees", "marketplace")}
    script = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL).group(1)  # type: ignore[union-attr]

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env={**standing.env, **keys, "API": f"{standing.base_url}/api/v1"},
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    said = ["rejected", "0.5", "accepted", "0.05", "0.55", "0.55", "0.05"]
    assert done.stdout.split() == said
