"""What the documents say is what happens."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from config import Settings
from tests.walk.conftest import Service

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's example needs curl")
def test_the_readme_labels_something(standing: Service) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    script = next(block for block in blocks if "curl" in block)
    script = re.sub(r"^export PATH.*", f"API={standing.base_url}/api/v1", script)
    command = f'crowd() {{ {sys.executable} -m crowd.cli "$@"; }}\n{script}'

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        env=standing.env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])["items"][0]
    assert (result["label"], result["state"]) == ("cat", "open")
    # which task goes first is drawn
    assert result["external_id"] in ("1", "2")


def test_every_setting_is_in_the_example() -> None:
    example = (ROOT / "config" / "example.env").read_text()

    named = set(re.findall(r"^CROWD_(\w+)=", example, re.MULTILINE))
    assert named == {field.name.upper() for field in fields(Settings)}


def test_every_make_target_the_readme_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text()

    for target in set(re.findall(r"\bmake (\w+)\b", README)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_command_has_a_line_of_help() -> None:
    command = [sys.executable, "-m", "crowd.cli", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout

    for name in (
        "up",
        "web",
        "relay",
        "scheduler",
        "work",
        "demo",
        "simulate",
        "doctor",
        "db",
        "tenant",
        "key",
        "sandbox",
    ):
        assert re.search(rf"^  {name} +\w", said, re.MULTILINE), name


def test_links_between_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
