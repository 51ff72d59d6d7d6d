"""What the sandbox's page says is what happens; and a place for webhooks to arrive."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.walk.conftest import Service, free_port

PAGE = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page's example needs curl")
def test_the_page_s_commands_do_what_it_says(standing: Service) -> None:
    key = standing.key("Bees", "marketplace")
    script = re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL).group(1)  # type: ignore[union-attr]
    env = {**standing.env, "KEY": key, "API": f"{standing.base_url}/api/v1"}

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        env=env, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    told = [line for line in done.stdout.splitlines() if re.fullmatch("[a-z_]+", line)]
    assert told == ["expired", "blocked", "paused", "none_left_for_you", "all_done"]
    results = json.loads(done.stdout.splitlines()[-1])["items"]
    assert len(results) == 10
    assert all(result["consensus"]["answers_seen"] for result in results)


def test_the_operator_hands_out_test_keys(standing: Service) -> None:
    standing.key("Acme", "requester")

    pair = dict(line.split() for line in standing.crowd("sandbox", "create", "Acme").splitlines())

    assert pair.keys() == {"requester", "marketplace"}
    for token in pair.values():
        bearer = {"Authorization": f"Bearer {token}"}
        url = f"{standing.base_url}/api/v1/projects"
        assert httpx.get(url, headers=bearer, trust_env=False).json()["items"] == []


def test_the_operator_replaces_and_ends_keys(standing: Service) -> None:
    standing.crowd("tenant", "create", "Acme", "--kind", "requester")
    words = ["--scope", "projects:read", "--days", "2", "--rate-limit", "7"]
    old = standing.crowd("key", "create", "Acme", *words)

    new = standing.crowd("key", "rotate", old.split("_")[1], "--grace-hours", "0")
    standing.crowd("key", "create", "Acme", "--name", "spare")
    spare = standing.crowd("key", "list", "Acme").splitlines()[-1].split()[0]
    standing.crowd("key", "revoke", spare)

    listed = [line.split() for line in standing.crowd("key", "list", "Acme").splitlines()]
    assert [words[1] for words in listed] == ["expired", "valid", "revoked"]
    url = f"{standing.base_url}/api/v1/projects"
    answers = [
        httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
        for token in (old, new)
    ]
    assert [answer.status_code for answer in answers] == [401, 200]
    assert answers[1].headers["RateLimit-Policy"] == '"key";q=7;w=10'


def test_a_receiver_fails_as_often_as_it_is_told() -> None:
    port = free_port()
    words = ["sandbox", "receive", "--port", str(port), "--fail-first", "2", "--delay", "0.2"]
    with subprocess.Popen(
        [sys.executable, "-m", "crowd.cli", *words], stdout=subprocess.PIPE, text=True
    ) as receiver:
        try:
            assert receiver.stdout is not None
            assert str(port) in receiver.stdout.readline()
            began = time.monotonic()
            url, sent = f"http://127.0.0.1:{port}/", {"webhook-id": "w1"}
            statuses = [
                httpx.post(url, json={"a": 1}, headers=sent, trust_env=False).status_code
                for _ in range(3)
            ]
            assert (statuses, time.monotonic() - began > 0.6) == ([503, 503, 204], True)
            assert receiver.stdout.readline() == 'w1 503 {"a":1}\n'
        finally:
            receiver.terminate()
