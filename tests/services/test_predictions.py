"""What models predict is taken in all together or not at all, and never changed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from crowd.errors import Conflict, Invalid, NotFound, UnknownLabel
from crowd.models import Annotator, Prediction
from crowd.services import models, predictions
from crowd.services.predictions import Imported, PredictionLine
from tests.factories import World, caller


def predict(world: World, *lines: tuple[Any, ...], name: str = "resnet@3") -> Imported:
    models.register(world.session, world.requester, world.project_id, name)
    given = [PredictionLine(*line) for line in lines]
    made = predictions.add(world.session, world.requester, world.project_id, name, given)
    world.session.expire_all()
    return made


def kept(world: World) -> list[tuple[str, float | None]]:
    query = select(Prediction).filter_by(project_id=world.project_id).order_by(Prediction.id)
    return [(row.label, row.confidence) for row in world.session.scalars(query)]


def test_a_model_is_an_annotator_of_its_requester_and_registered_once(world: World) -> None:
    for _ in range(2):
        view = models.register(world.session, world.requester, world.project_id, "resnet@3")

    annotator = world.session.get_one(Annotator, view.annotator_id)
    assert (annotator.kind, annotator.tenant_id) == ("model", world.requester.tenant_id)
    assert (view.predictions, view.accuracy, view.is_listened_to) == (0, None, False)
    assert len(models.of_project(world.session, world.requester, world.project_id)) == 1


def test_predictions_are_kept_and_may_come_again(world: World) -> None:
    world.task("a"), world.task("b")
    lines = [("a", "yes", 0.9), ("b", "no", None)]

    first, again = predict(world, *lines), predict(world, *lines, lines[0])

    assert (first, again) == (Imported(2, 2), Imported(3, 0))
    assert kept(world) == [("yes", 0.9), ("no", None)]


def test_an_unknown_label_is_named_and_nothing_is_stored(world: World) -> None:
    world.task("a"), world.task("b")

    with pytest.raises(UnknownLabel, match="'maybe', of prediction 1") as refused:
        predict(world, ("a", "yes"), ("b", "maybe"))

    assert refused.value.errors == {"predictions": {"1": {"label": ["not one of: yes, no"]}}}
    assert kept(world) == []


def test_a_task_of_another_project_is_unknown(world: World) -> None:
    elsewhere = World(world.session)
    elsewhere.task("theirs")

    with pytest.raises(Invalid) as refused:
        predict(world, ("theirs", "yes"))

    assert refused.value.errors == {"predictions": {"0": {"task": ["no such task"]}}}


@pytest.mark.parametrize("second", [("a", "no", 0.9), ("a", "yes", 0.8), ("a", "yes", None)])
def test_a_model_does_not_change_its_mind(world: World, second: tuple[Any, ...]) -> None:
    world.task("a"), world.task("b")
    predict(world, ("a", "yes", 0.9))

    with pytest.raises(Conflict, match="another name"):
        predict(world, ("b", "yes"), second)
    with pytest.raises(Conflict):
        predict(world, ("b", "yes"), ("b", "no"))

    assert kept(world) == [("yes", 0.9)]


def test_another_model_may_say_something_else(world: World) -> None:
    world.task("a")

    predict(world, ("a", "yes")), predict(world, ("a", "no"), name="resnet@4")

    assert [label for label, _ in kept(world)] == ["yes", "no"]


@pytest.mark.parametrize("name", ["a/b", "..", "", "a" * 101, "é"])
def test_a_name_that_does_not_fit_into_a_path_is_refused(world: World, name: str) -> None:
    with pytest.raises(Invalid, match="letter or digit"):
        models.register(world.session, world.requester, world.project_id, name)


def test_a_project_has_only_so_many_models(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MOST", 2)
    who = world.session, world.requester, world.project_id
    for name in ("a", "b", "b"):
        models.register(*who, name)

    with pytest.raises(Conflict, match="up to 2 models"), world.session.begin_nested():
        models.register(*who, "c")

    assert len(models.of_project(*who)) == 2


def test_models_are_their_requesters_alone(world: World) -> None:
    predict(world)
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(NotFound):
        models.find(world.session, stranger, world.project_id, "resnet@3")


def test_a_prediction_is_a_fact(world: World) -> None:
    world.task("a")
    predict(world, ("a", "yes"))

    with pytest.raises(DBAPIError, match="never changed"), world.session.begin_nested():
        world.session.query(Prediction).update({"label": "no"})
