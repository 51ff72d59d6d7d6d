"""A simulated crowd on real processes; and what its page says is what happens."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import httpx

from crowd.client import Client
from crowd.simulation.cast import cast
from crowd.simulation.items import plant
from crowd.simulation.report import Report, report
from crowd.simulation.simulation import play
from crowd.simulation.stage import build
from tests.walk.conftest import Service

PAGE = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text()
QUALITY = (Path(__file__).parents[2] / "docs" / "quality.md").read_text()
OWN, MIXED, RUNNING = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


def run(script: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = f'crowd() {{ {sys.executable} -m crowd.cli "$@"; }}\n{script}'
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_simulation_starts_and_removes_a_service_of_its_own() -> None:
    done = run(OWN, dict(os.environ))

    assert done.returncode == 0, done.stderr
    assert "Accuracy of the labels" in done.stderr


def test_a_mix_of_one_s_own_is_reported_as_json() -> None:
    done = run(MIXED, dict(os.environ))

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert [(of["kind"], of["annotators"]) for of in found["kinds"]] == [
        ("honest", 7), ("spammer", 3),
    ]  # fmt: skip
    assert sum(of["answers"] for of in found["kinds"]) == found["answers"] > 30
    owed = Decimal(found["cost"]["owed"])
    assert owed == found["answers"] * Decimal("0.05")
    assert owed == sum(Decimal(of["owed"]) for of in found["kinds"])


def test_a_running_service_can_be_driven(service: Service) -> None:
    done = run(RUNNING, {**service.env, "CROWD_URL": service.base_url})

    assert done.returncode == 0, done.stderr
    assert "Accuracy of the labels" in done.stderr


def test_the_engine_tells_those_who_know_from_those_who_do_not(service: Service) -> None:
    found = hostile_and_blocked(service)

    honest, spammer, blocked = found.kinds
    assert honest.skill is not None
    assert spammer.skill is not None
    assert honest.skill > spammer.skill + 0.3
    assert (blocked.stopped, blocked.stopped_after, blocked.answers) == (1, 0.0, 0)
    assert found.accuracy is not None
    assert found.accuracy >= 0.8
    assert found.open == 0
    assert found.answers == honest.answers + spammer.answers <= 30 * 5


def hostile_and_blocked(service: Service) -> Report:
    keys = [service.key(kind, kind) for kind in ("requester", "marketplace")]
    with near(service, keys[0]) as requester, near(service, keys[1]) as marketplace:

        def block_the_bot(_: Client, __: str) -> None:
            bot = next(
                one for one in marketplace.annotators.list() if one.external_id.endswith("-9")
            )  # type: ignore[union-attr]
            marketplace.annotators.block(bot.id, reason="a bot")

        mix = {"honest": 7.0, "spammer": 2.0, "bot": 1.0}
        stage = build(
            requester, marketplace, items=plant(4, 30, 3), crowd=cast(4, 10, mix, 3), classes=3,
            gold_count=8, seed=4, before_work=block_the_bot, overlap_min=2, overlap_max=5,
        )  # fmt: skip
        return report(play(stage, seed=4, pace=0.0), overlap_max=5)


def near(service: Service, key: str) -> Client:
    return Client(service.base_url, key, transport=httpx.HTTPTransport())


def test_rules_are_held_against_no_rules_with_the_same_crowd() -> None:
    (block,) = re.findall(r"^```sh\n(.*?)^```$", QUALITY, re.DOTALL | re.MULTILINE)

    done = run(block.strip() + " --json", dict(os.environ))

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    with_rules, without = (
        {of["kind"]: of for of in one["kinds"]} for one in (found, found["without_rules"])
    )
    assert with_rules["spammer"]["stopped"] == 3
    assert with_rules["spammer"]["answers"] < without["spammer"]["answers"]
    assert without["spammer"]["stopped"] == 0
