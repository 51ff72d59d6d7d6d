"""Models a worker has read before."""

from __future__ import annotations

import pytest

from tests.factories import World
from tests.workers.test_consensus_jobs import events, request_fit
from workers.jobs import consensus as jobs
from workers.known_models import KnownModels


@pytest.fixture
def fitted(world: World) -> World:
    """A project with one fit, which has seen a and b."""
    for task in world.tasks(3):
        world.answer("a", task, "yes"), world.answer("b", task, "yes")
    jobs.refit(request_fit(world))
    return world


def test_a_new_run_replaces_the_one_that_was_known(fitted: World) -> None:
    models, people = KnownModels(), [fitted.annotator(name).id for name in "ab"]
    before = models.newest(fitted.session, fitted.project_id, people)
    fitted.answer("a", fitted.task(), "no")
    jobs.refit(request_fit(fitted))

    after = models.newest(fitted.session, fitted.project_id, people[:1])

    assert before is not None
    assert after is not None
    assert (before.run.number, after.run.number) == (0, 1)
    assert after.rows.keys() == {people[0]}
    assert list(after.rows[people[0]]) != list(before.rows[people[0]])


def test_only_what_is_not_known_yet_is_read_and_all_is_given(fitted: World) -> None:
    models, (a, b) = KnownModels(), [fitted.annotator(name).id for name in "ab"]
    models.newest(fitted.session, fitted.project_id, [a])

    fit = models.newest(fitted.session, fitted.project_id, [b])

    assert fit is not None
    assert fit.rows.keys() == {a, b}


def test_a_newcomer_has_no_row_until_a_run_has_seen_him(fitted: World) -> None:
    models, new = KnownModels(), fitted.annotator("new").id
    first = models.newest(fitted.session, fitted.project_id, [new])
    fitted.answer("new", fitted.task(), "no")
    jobs.refit(request_fit(fitted))

    second = models.newest(fitted.session, fitted.project_id, [new])

    assert first is not None
    assert second is not None
    assert (new in first.rows, new in second.rows) == (False, True)


def test_what_takes_too_much_room_is_read_again(fitted: World) -> None:
    models, people = KnownModels(most=1), [fitted.annotator("a").id]

    fits = [models.newest(fitted.session, fitted.project_id, people) for _ in range(2)]

    assert [fit is not None and fit.rows.keys() == set(people) for fit in fits] == [True, True]
    assert not models._fits


def test_a_project_without_answers_has_no_model(world: World) -> None:
    assert KnownModels().newest(world.session, world.project_id, []) is None
    assert events(world, "answer.submitted") == []
