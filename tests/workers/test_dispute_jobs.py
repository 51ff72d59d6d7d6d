"""The jobs around disputes, each run twice, and what fits make of rulings."""

from __future__ import annotations

from sqlalchemy import select

from crowd.models import Dispute
from crowd.services import contests, disputes, results, rulings, runs, standing
from tests.factories import World
from tests.services.test_rulings import newest, rule, task_of
from tests.workers.test_consensus_jobs import events, request_fit
from workers.jobs import consensus
from workers.jobs import disputes as jobs


def test_a_new_dispute_is_weighed_and_its_event_ends(world: World) -> None:
    dispute = world.disputed("yes", "no", payload={"text": "one two three four"})
    told = events(world, disputes.OPENED)

    jobs.weigh(told)
    jobs.weigh(told)

    world.session.refresh(dispute)
    assert dispute.worth > 0.5
    assert dispute.fingerprint
    assert events(world, disputes.OPENED) == []


def test_a_fit_has_disputes_searched_for_and_weighed(world: World) -> None:
    world.change(overlap_max=2)
    dispute = world.disputed("yes", "no")
    consensus.refit(request_fit(world))
    asked = events(world, contests.WANTED)

    jobs.search(asked)
    jobs.search(asked)

    assert len(asked) == 1
    assert events(world, contests.WANTED) == []
    world.session.refresh(dispute)
    assert dispute.worth > 0


def test_everybody_is_measured_by_what_is_ruled_and_gold_is_counted_apart(world: World) -> None:
    world.change(overlap_max=2)
    found = [world.disputed("yes", "no") for _ in range(8)]
    consensus.refit(request_fit(world))
    for dispute in found:
        rule(world, dispute, "no")

    consensus.refit(events(world, "refit.requested"))

    first, second = (
        row.skill
        for row in runs.skills_page(
            world.session, world.requester, world.project_id, after=None, limit=9
        ).items
    )
    assert first.accuracy < 0.4 < 0.6 < second.accuracy
    assert (first.gold_seen, second.gold_seen, second.gold_correct) == (0, 0, 0)


def test_what_has_no_right_answer_measures_nobody(world: World) -> None:
    for _ in range(8):
        rule(world, world.disputed("yes", "no"), None)
    both = world.task()
    world.answer("a", both, "yes"), world.answer("b", both, "yes")

    consensus.refit(request_fit(world))

    page = runs.skills_page(world.session, world.requester, world.project_id, after=None, limit=9)
    assert {row.skill.answers for row in page.items} == {1}


def test_a_refit_leaves_rulings_alone(world: World) -> None:
    dispute = world.disputed("yes", "yes")
    rule(world, dispute, "no")

    consensus.refit(events(world, "refit.requested"))
    consensus.update_posteriors(events(world, "answer.submitted"))

    assert (newest(world, dispute).label, task_of(world, dispute).state) == ("no", "resolved")


def test_after_an_undo_the_job_decides_from_the_answers_there_are(world: World) -> None:
    world.change(target_confidence=0.6)
    dispute = world.disputed("yes", "yes")
    ruled = rule(world, dispute, "no").ruling.ruling
    rulings.undo(world.session, world.requester, ruled.id)
    asked = events(world, standing.DECISION_WANTED)

    consensus.update_posteriors(asked)
    consensus.update_posteriors(asked)

    assert (newest(world, dispute).label, task_of(world, dispute).state) == ("yes", "resolved")
    assert events(world, standing.DECISION_WANTED) == []
    world.session.refresh(dispute)
    assert dispute.state == "settled"


def test_nothing_waits_for_ever_behind_a_ruling(world: World) -> None:
    dispute = world.disputed("yes", "no")
    late = world.task()
    rule(world, dispute, "no")
    world.answer("a", late, "yes")

    consensus.refit(events(world, "refit.requested"))

    assert task_of(world, dispute).seen == task_of(world, dispute).answered
    query = select(Dispute).filter_by(task_id=late.id)
    assert world.session.scalars(query).all() == []
    assert results.unanswered(world.session, world.project_id) == set()
