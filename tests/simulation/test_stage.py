"""The ground a simulation is played on, and its report, through the client and the application."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from flask import Flask

from crowd.client import Client, Marketplace, Progress
from crowd.models import Tenant
from crowd.simulation.cast import cast
from crowd.simulation.items import plant
from crowd.simulation.report import Cost, _allowed, report
from crowd.simulation.shifts import Given, Shift
from crowd.simulation.simulation import Played
from crowd.simulation.stage import SimulationError, Stage, _ours, build
from tests.factories import World


@pytest.fixture
def sides(app: Flask, world: World) -> Iterator[tuple[Client, Client]]:
    transport = httpx.WSGITransport(app=app)
    with (
        Client("http://crowd", world.requester_token, transport=transport) as requester,
        Client("http://crowd", world.marketplace_token, transport=transport) as marketplace,
    ):
        yield requester, marketplace


def built(sides: tuple[Client, Client], **more: Any) -> Stage:
    named = {one.name: one for one in sides[0].projects.marketplaces()}
    crowd = cast(1, 4, {"honest": 0.5, "bot": 0.5}, 3)
    options = {"items": plant(1, 20, 3), "gold_count": 5, "seed": 1, "threads": 1}
    more = {"marketplace_name": min(named), **options, **more}
    return build(*sides, crowd=crowd, classes=3, **more)


def test_a_stage_is_a_running_project_with_hidden_gold(sides: tuple[Client, Client]) -> None:
    stage = built(sides, overlap_max=5)

    project = sides[0].projects.get(stage.project_id)
    assert (project.state, project.config.overlap_max) == ("running", 5)
    tasks = list(sides[0].tasks.list(stage.project_id))
    assert {task.external_id for task in tasks} == set(stage.items)
    assert all(dict(task.payload) == {"item": task.external_id} for task in tasks)
    assert len(stage.gold) == 5
    assert len({player.id for player in stage.players}) == 4


def test_what_is_to_happen_before_work_happens_before_work(sides: tuple[Client, Client]) -> None:
    seen = []

    def look(requester: Client, project_id: str) -> None:
        seen.append((requester.projects.get(project_id).state, project_id))

    stage = built(sides, before_work=look)

    assert seen == [("draft", stage.project_id)]


def test_the_crowd_s_marketplace_is_named_where_there_are_several() -> None:
    bees, ants = Marketplace("1", "Bees"), Marketplace("2", "Ants")

    assert _ours([bees], None) is bees
    assert _ours([bees, ants], "Ants") is ants
    for found, name in (([bees, ants], None), ([], None), ([bees], "Ants")):
        with pytest.raises(SimulationError, match="Name the marketplace"):
            _ours(found, name)


def test_a_report_tells_each_kind_apart(sides: tuple[Client, Client]) -> None:
    stage = built(sides)
    shifts = [Shift(player) for player in stage.players]
    for number, shift in enumerate(shifts):
        shift.given = [
            Given(i, (i.truth + number // 2) % 3, 2.0, 3.0) for i in stage.items.values()
        ]
    shifts[3].reason = "blocked"
    progress = Progress(20, 0, 18, 2, 80, 0, 0, 0)

    found = report(Played(stage, shifts, progress, 1.0), overlap_max=5)

    honest, bot = found.kinds
    assert (honest.kind, honest.accuracy, honest.stopped, honest.stopped_after) == (
        "honest", 1.0, 0, None,
    )  # fmt: skip
    assert (bot.kind, bot.accuracy, bot.stopped, bot.stopped_after) == ("bot", 0.0, 1, 20.0)
    assert found.as_dict()["kinds"][1]["caught_by"] == {}
    assert (honest.stopped_soon, bot.stopped_soon) == (0, 1)
    assert (bot.seconds_thought, bot.seconds_seen, bot.skill) == (2.0, 3.0, None)
    assert (found.saved, found.answers_per_label) == (pytest.approx(0.2), pytest.approx(80 / 18))
    assert found.accuracy is None  # nothing has been decided


def test_gold_that_everybody_may_meet_is_allowed_more_answers(
    sides: tuple[Client, Client],
) -> None:
    stage = built(sides, gold={"policy": "first", "first": 5, "exposure": 10})

    found = report(Played(stage, [], Progress(20, 20, 0, 0, 0, 0, 0, 0), 1.0), overlap_max=5)

    assert _allowed(stage, 20, overlap_max=5) == 15 * 5 + 5 * 10
    assert found.saved == 1


def test_a_report_says_what_labels_cost_and_who_was_paid(
    sides: tuple[Client, Client], world: World
) -> None:
    requester, marketplace = sides
    ours = world.session.get_one(Tenant, world.marketplace.tenant_id).name
    pay = {"price": "0.05", "currency": "EUR", "pay_excluded": False}
    stage = built(sides, marketplace_name=ours, **pay)
    for player in stage.players[1:3]:
        leased = marketplace.assignments.lease(stage.project_id, player.name, count=3)
        for lease in leased.assignments:
            marketplace.answers.submit(lease.id, stage.labels[0])
    requester.exclusions.create(stage.project_id, stage.players[2].id, reason="a bot")
    shifts = [Shift(player) for player in stage.players]

    found = report(Played(stage, shifts, Progress(20, 20, 0, 0, 3, 0, 0, 0), 1.0), overlap_max=5)

    assert found.cost == Cost("EUR", Decimal("0.3"), Decimal("0.15"), Decimal("0.15"), None)
    honest, bot = found.kinds
    assert (honest.owed, bot.owed, bot.reversed) == (Decimal("0.15"), 0, Decimal("0.15"))
