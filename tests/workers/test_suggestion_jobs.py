"""Lists of what to answer next, each job run twice."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import func, select

from crowd.models import Gold, OutboxEvent, Suggestion
from crowd.services import suggestions
from tests.factories import World
from tests.workers.test_consensus_jobs import events, request_fit
from workers.jobs import consensus
from workers.jobs import suggestions as jobs


def listed(world: World, name: str) -> list[uuid.UUID]:
    query = select(Suggestion.task_id).filter_by(annotator_id=world.annotator(name).id)
    return list(world.session.scalars(query.order_by(Suggestion.position)))


@pytest.fixture
def informative(world: World) -> World:
    """A project that asks for the most informative tasks first."""
    world.change(strategy="informative")
    return world


def test_what_is_in_doubt_is_suggested_to_those_who_have_not_had_it(world: World) -> None:
    agreed, doubtful = world.task(), world.task()
    for name, label in (("a", "yes"), ("b", "yes")):
        world.answer(name, agreed, label)
    world.answer("a", doubtful, "yes"), world.answer("b", doubtful, "no")
    other = world.task()
    world.answer("c", other, "yes")
    consensus.refit(request_fit(world))

    suggestions.request(world.session, world.project_id)
    told = events(world, suggestions.REQUESTED)
    jobs.suggest(told), jobs.suggest(told)

    assert listed(world, "c")[0] == doubtful.id
    assert listed(world, "a") == [other.id]
    assert events(world, suggestions.REQUESTED) == []


def test_before_a_fit_everybody_counts_as_average(world: World) -> None:
    first, second = world.tasks(2)
    world.answer("a", first, "yes")
    consensus.update_posteriors(events(world, "answer.submitted"))

    jobs.suggest_in(world.project_id)

    assert listed(world, "a") == [second.id]


def test_a_known_answer_does_not_move_its_task(world: World) -> None:
    known, unknown, other = world.task(gold="yes"), world.task(), world.task()
    world.answer("a", known, "yes"), world.answer("a", unknown, "yes")
    world.answer("b", other, "yes")
    consensus.refit(request_fit(world))

    jobs.suggest_in(world.project_id)

    query = select(Suggestion.value).where(Suggestion.task_id.in_([known.id, unknown.id]))
    values = world.session.scalars(query.filter_by(annotator_id=world.annotator("b").id)).all()
    assert world.session.scalars(select(Gold.task_id)).all() == [known.id]
    assert values[0] == pytest.approx(values[1])


def test_a_fit_asks_for_new_lists_where_the_project_wants_them(informative: World) -> None:
    informative.answer("a", informative.task(), "yes")

    consensus.refit(request_fit(informative))

    assert len(events(informative, suggestions.REQUESTED)) == 1


def test_lists_that_run_low_are_made_anew(informative: World) -> None:
    task = informative.tasks(3)[0]
    informative.answer("a", task, "yes")
    consensus.update_posteriors(events(informative, "answer.submitted"))

    jobs.find_low([]), jobs.find_low([])

    assert len(events(informative, suggestions.REQUESTED)) == 1


def test_other_projects_are_left_alone(world: World) -> None:
    world.answer("a", world.task(), "yes")
    consensus.update_posteriors(events(world, "answer.submitted"))

    jobs.find_low([])

    asked = select(func.count()).select_from(OutboxEvent).filter_by(topic=suggestions.REQUESTED)
    assert world.session.scalars(asked).one() == 0
