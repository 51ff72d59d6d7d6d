"""The guide for marketplaces: every block runs, in order, and shows what really comes back."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from crowd.client import Client
from crowd.servers.folder import Folder
from crowd.services.leases import RETRY_AFTER
from tests.walk.conftest import Service

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "marketplaces.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)
DONE = "--- done ---"


class Shell:
    """One bash in which blocks run one after the other."""

    def __init__(self, service: Service, folder: Path) -> None:
        self._bash = subprocess.Popen(
            ["bash", "-euo", "pipefail"], cwd=folder, env=service.env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.run(f'crowd() {{ {sys.executable} -m crowd.cli "$@"; }}')

    def run(self, block: str) -> str:
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{block}\necho; echo '{DONE}'\n")
        self._bash.stdin.flush()
        said = []
        while (line := self._bash.stdout.readline()) != f"{DONE}\n":
            said.append(line)
            assert line or self._bash.poll() is None, f"{block}\nsaid: {''.join(said)}"
        return "".join(said).strip()

    def close(self) -> None:
        self._bash.communicate(timeout=20)


@pytest.fixture
def shell(standing: Service, tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(standing, tmp_path)
    yield shell
    shell.close()


@pytest.fixture
def python() -> Iterator[dict[str, Any]]:
    """One namespace in which blocks run one after the other."""
    names: dict[str, Any] = {}
    yield names
    for client in [value for value in names.values() if isinstance(value, Client)]:
        client.close()


def shape(value: Any) -> Any:
    """What there is of fields: the first item stands for a list."""
    match value:
        case dict():
            return {name: shape(inner) for name, inner in value.items()}
        case list():
            return [shape(value[0])] if value else []
    return None


@pytest.mark.skipif(shutil.which("curl") is None, reason="the guide's examples need curl")
def test_every_block_of_the_guide_runs(
    standing: Service, shell: Shell, python: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ""
    for language, text in BLOCKS:
        block = text.replace("http://127.0.0.1:8080", standing.base_url)
        match language:
            case "sh":
                said = shell.run(block)
            case "python":
                for name in ("CROWD_URL", "CROWD_KEY"):
                    monkeypatch.setenv(name, shell.run(f"echo ${name}"))
                exec(compile(block, "marketplaces.md", "exec"), python)
            case "json":
                real = json.loads(said.splitlines()[-1])
                assert shape(json.loads(block)) == shape(real), block
            case _:
                raise AssertionError(language)

    with psycopg.connect(Folder(standing.folder).database_url) as connection:
        stored = connection.execute(
            "SELECT a.external_id, x.id::text FROM answers x "
            "JOIN annotators a ON a.id = x.annotator_id "
            "JOIN tenants t ON t.id = a.tenant_id WHERE t.name = 'Bees'"
        ).fetchall()
    assert {name for name, _ in stored} == {"ann", "bob", "carl"}
    assert {python["sent"].answer.id, python["answer"].id} <= {id for _, id in stored}


def test_the_guide_knows_every_reason_and_how_long_to_wait() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \|[^|]*\| ([^|]*) \|", GUIDE, re.MULTILINE))

    for reason, seconds in RETRY_AFTER.items():
        assert rows[reason] == str(seconds), reason
