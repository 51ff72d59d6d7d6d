"""Predictions shown to people, and what that does to their answers."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from crowd.errors import Invalid
from crowd.models import ShownPrediction
from crowd.services import answers, exports, models, prelabels, results
from crowd.services.answers import Given
from crowd.services.shares import Difference, Share
from tests.factories import World, decided
from tests.services.test_predictions import predict


def use(world: World, blind_share: float = 0.0, **config: Any) -> None:
    world.change(models={"use": "prelabel", "blind_share": blind_share}, **config)


def test_annotators_are_shown_what_the_newest_model_says(world: World) -> None:
    use(world)
    world.task("a")
    predict(world, ("a", "no", 0.6)), predict(world, ("a", "yes", 0.9), name="resnet@4")

    (lease,) = world.lease("ann").leases

    assert lease.prediction == prelabels.Prelabel("yes", 0.9)


def test_what_a_retired_model_says_is_shown_to_nobody(world: World) -> None:
    use(world)
    world.task("a")
    predict(world, ("a", "no")), predict(world, ("a", "yes"), name="resnet@4")
    models.retire(world.session, world.requester, world.project_id, "resnet@4")

    assert world.lease("ann").leases[0].prediction == prelabels.Prelabel("no", None)


def test_a_task_without_a_prediction_shows_none(world: World) -> None:
    use(world)
    world.task("a")

    assert world.lease("ann").leases[0].prediction is None


@pytest.mark.parametrize("config", [{"use": "off"}, {"use": "hidden"}, {"use": "routing"}])
def test_nothing_is_shown_unless_the_project_says_so(world: World, config: dict[str, Any]) -> None:
    world.change(models=config)
    world.task("a")
    predict(world, ("a", "yes"))

    assert world.lease("ann").leases[0].prediction is None
    assert not world.session.query(ShownPrediction).count()


def test_the_blind_share_is_shown_none_and_both_are_kept(world: World) -> None:
    use(world, blind_share=0.5, limits={"held": 1000})
    tasks = world.tasks(60)
    predict(world, *[(task.external_id, "yes") for task in tasks])

    given = [lease.prediction for lease in world.lease("ann", count=60).leases]

    kept = world.session.scalars(select(ShownPrediction.is_shown)).all()
    assert len(kept) == 60
    assert 10 < sum(kept) == sum(shown is not None for shown in given) < 50


def test_who_takes_a_task_again_is_shown_the_same(world: World) -> None:
    use(world)
    world.task("a")
    predict(world, ("a", "yes"))
    first = world.lease("ann", named=["a"]).leases[0]

    predict(world, ("a", "no"), name="resnet@4")
    use(world, blind_share=1.0)
    again = world.lease("ann", named=["a"]).leases[0]

    assert again.prediction == first.prediction == prelabels.Prelabel("yes", None)


def test_what_was_shown_is_a_fact(world: World) -> None:
    use(world)
    world.task("a")
    predict(world, ("a", "yes"))
    world.lease("ann")

    with pytest.raises(DBAPIError, match="never changed"), world.session.begin_nested():
        world.session.execute(update(ShownPrediction).values(is_shown=False))


def give(world: World, count: int, label: str, truth: str) -> None:
    """Have so many tasks, predicted as `yes`, answered alike and resolved as what is true."""
    for _ in range(count):
        task = world.task()
        predict(world, (task.external_id, "yes"))
        held = world.hold("ann", named=[task.external_id])
        answers.submit(world.session, world.marketplace, held.id, label=label)
        decision = decided(task, seen=1)
        if truth == "no":
            object.__setattr__(decision, "label", "no")
        results.record(world.session, world.config, [decision])


def test_automation_bias_is_how_much_more_often_those_who_see_it_follow_what_is_wrong(
    world: World,
) -> None:
    use(world)
    give(world, 3, "yes", "no"), give(world, 1, "no", "no"), give(world, 4, "yes", "yes")
    use(world, blind_share=1.0)
    give(world, 1, "yes", "no"), give(world, 3, "no", "no")

    (bias,) = prelabels.biases(world.session, world.requester, world.project_id)

    assert (bias.model, bias.agreed_shown.share, bias.agreed_blind.share) == (
        "resnet@3",
        7 / 8,
        1 / 4,
    )
    assert (bias.misled_shown.count, bias.misled_shown.of) == (3, 4)
    assert (bias.misled_blind.count, bias.misled_blind.of) == (1, 4)
    assert bias.bias.difference == 0.5
    assert bias.bias.low < 0 < 0.5 < bias.bias.high < 1


def test_a_planted_bias_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prelabels, "_chance", random.Random(3))
    use(world, blind_share=0.5, limits={"held": 1000})
    tasks = [world.task(gold="no") for _ in range(160)]
    predict(world, *[(task.external_id, "yes") for task in tasks])
    chance, given = random.Random(7), []
    for _ in range(2):
        for lease in world.lease("ann", count=80).leases:
            wrong = chance.random() < (0.6 if lease.prediction else 0.2)
            given.append(Given(lease.taken.assignment_id, "yes" if wrong else "no"))
    for first in range(0, len(given), 80):
        answers.submit_all(world.session, world.marketplace, given[first : first + 80])

    (found,) = prelabels.biases(world.session, world.requester, world.project_id)

    assert found.misled_shown.of + found.misled_blind.of == 160
    assert 0 < found.bias.low < 0.4 < found.bias.high < 0.7


def test_an_export_says_of_each_answer_what_its_annotator_saw(world: World) -> None:
    use(world)
    give(world, 1, "no", "no")
    world.answer("bob", world.task(), "yes")

    pieces = exports.lines(world.session, world.project_id, "answers", "ndjson")
    lines = [json.loads(line) for line in b"".join(pieces).splitlines()]

    seen = [(line["label"], line["prediction"], line["prediction_shown"]) for line in lines]
    assert seen == [("no", "yes", True), ("yes", None, None)]


def test_predictions_that_would_give_gold_away_cannot_be_used(world: World) -> None:
    world.task("known", gold="yes"), world.task("unknown")
    predict(world, ("unknown", "yes"))

    for way in ("prelabel", "hidden", "routing"):
        with pytest.raises(Invalid, match="give gold away"):
            world.change(models={"use": way})
    predict(world, ("known", "yes"))
    world.change(models={"use": "prelabel"})

    assert world.config.models["use"] == "prelabel"


def test_the_interval_of_a_share_is_wilsons() -> None:
    # Newcombe 1998, table I: 81 of 263, and the difference of 56 of 70 and 48 of 80 (table II)
    found, apart = (
        Share.among(81, 263),
        Difference.between(Share.among(56, 70), Share.among(48, 80)),
    )

    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert (apart.low, apart.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert Share.among(0, 0) == Share(0, 0, None, 0.0, 1.0)
