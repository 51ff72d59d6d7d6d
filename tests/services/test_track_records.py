"""How annotators do in a project, listed and one by one."""

from __future__ import annotations

import uuid
from collections import namedtuple
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from crowd.errors import NotFound
from crowd.models import TrackRecord
from crowd.schemas import track_records as shapes
from crowd.schemas.bulk_acts import KINDS
from crowd.services import (
    actions,
    bulk_acts,
    forecasts,
    histories,
    leaderboards,
    pools,
    track_records,
    track_upkeep,
)
from crowd.services.track_records import FLAGS, Record, Wanted
from tests.factories import World
from workers.jobs.consensus import refit_project
from workers.jobs.progress import keep_project


@pytest.fixture
def worked(world: World) -> World:
    """Ann and bea agree on twelve known tasks; cyn says the contrary, and dan only a little."""
    world.change(overlap_min=4, overlap_max=4)
    for number in range(12):
        task = world.task(gold="yes")
        for name, label in (("ann", "yes"), ("bea", "yes"), ("cyn", "no")):
            world.answer(name, task, label)
        if number < 2:
            world.answer("dan", task, "yes")
    world.session.flush()
    refit_project(world.project_id)
    keep_project(world.project_id)
    world.session.expire_all()
    return world


def listed(world: World, sort: str = "accuracy_low", **more: Any) -> list[str]:
    wish = {"descending": True, "after": None, "limit": 10, "wanted": Wanted(), **more}
    page = track_records.one_page_of(
        world.session, world.requester, world.project_id, sort=sort, **wish
    )
    return [name_of(world, record) for record in page.items]


def name_of(world: World, record: Record) -> str:
    names = {world.annotator(name).id: name for name in ("ann", "bea", "cyn", "dan")}
    return names[record.annotator_id]


def record(world: World, name: str) -> Record:
    who = world.annotator(name).id
    return track_records.find(world.session, world.requester, world.project_id, who)


def test_a_record_holds_skill_gold_agreement_and_speed(worked: World) -> None:
    ann, cyn = record(worked, "ann"), record(worked, "cyn")

    assert (ann.answers, ann.gold_seen, ann.gold_correct) == (12, 12, 12)
    assert (ann.compared, ann.agreed) == (12, 12)
    assert (cyn.gold_correct, cyn.agreed) == (0, 0)
    assert ann.accuracy_low > 0.7 > 0.3 > cyn.accuracy_high
    assert ann.agreement_low > 0.7 > cyn.agreement_low


def test_the_best_come_first_by_what_is_sure(worked: World) -> None:
    assert listed(worked)[2:] == ["dan", "cyn"]
    assert listed(worked, descending=False)[:2] == ["cyn", "dan"]
    assert listed(worked, sort="answers")[-1] == "dan"


def paged(world: World, sort: str, *, descending: bool) -> list[str]:
    """Everybody, a page for each."""
    after, seen = None, []
    while True:
        page = track_records.one_page_of(
            world.session,
            world.requester,
            world.project_id,
            wanted=Wanted(),
            sort=sort,
            descending=descending,
            after=after,
            limit=1,
        )
        seen += [name_of(world, one) for one in page.items]
        after = page.next_after
        if after is None:
            return seen


def test_pages_by_any_column_show_everybody_once(worked: World) -> None:
    for sort in track_records.SORTED_BY:
        for descending in (True, False):
            seen = paged(worked, sort, descending=descending)

            assert sorted(seen) == ["ann", "bea", "cyn", "dan"]
            assert seen == listed(worked, sort=sort, descending=descending)


def test_a_list_is_narrowed_by_what_is_meant(worked: World) -> None:
    pool = pools.create(worked.session, worked.requester, name="good")
    said = {"admitted": True, "reason": "good"}
    who = worked.annotator("dan").id
    pools.put_member(worked.session, worked.requester, pool.id, who, **said)

    assert listed(worked, wanted=Wanted(surely_below=0.5)) == ["cyn"]
    assert set(listed(worked, wanted=Wanted(surely_above=0.6))) == {"ann", "bea"}
    assert listed(worked, wanted=Wanted(least_answers=13)) == []
    assert listed(worked, wanted=Wanted(pool_id=pool.id)) == ["dan"]
    assert listed(worked, wanted=Wanted(marketplace_id=uuid.uuid4())) == []


def test_what_is_in_force_is_a_flag_at_once(worked: World) -> None:
    wish = {"annotator_id": worked.annotator("ann").id, "reason": "spam"}
    for kind, more in (("block", {}), ("restrict", {}), ("pause", {"pause_seconds": 60})):
        actions.take(worked.session, worked.requester, worked.project_id, kind=kind, **wish, **more)

    assert record(worked, "ann").flags == ["barred", "paused", "restricted"]
    assert listed(worked, wanted=Wanted(flag="paused")) == ["ann"]
    assert all(listed(worked, wanted=Wanted(flag=flag)) is not None for flag in FLAGS)


def test_who_changes_is_told_from_who_stays_the_same(worked: World) -> None:
    row = {"compared": 200, "median_s": 1.0, "agreed": 150, "last_answer_at": None}

    steady = track_upkeep._summed_up(as_row(**row, recently_compared=50, recently_agreed=38))
    drifts = track_upkeep._summed_up(as_row(**row, recently_compared=50, recently_agreed=20))

    assert (steady["is_drifting"], drifts["is_drifting"]) == (False, True)


def as_row(**values: Any) -> Any:
    return namedtuple("Row", values)(**values)  # type: ignore[misc]


def test_keeping_records_twice_changes_nothing_and_new_answers_are_seen(worked: World) -> None:
    before = record(worked, "dan")
    keep_project(worked.project_id)
    assert record(worked, "dan") == before

    worked.answer("dan", worked.task(), "no")
    keep_project(worked.project_id)

    assert record(worked, "dan").answers == 3
    assert track_upkeep.keep(worked.session, worked.project_id) is None


def test_one_annotator_is_shown_by_day_by_fit_and_answer_by_answer(worked: World) -> None:
    who = worked.annotator("cyn").id
    key = (worked.session, worked.requester, worked.project_id, who)

    history = histories.read(*key)
    answers = histories.answers_page(*key, differs=None, after=None, limit=5)
    others = histories.answers_page(*key, differs=False, after=None, limit=5)

    assert sum(day.answers for day in history.days) == 12
    assert history.days[0].agreement.count == 0
    assert history.confusion is not None
    assert history.confusion[0][1] > 0.6
    assert [skill.run_number for skill in history.skills] == [0]
    first = answers.items[0]
    assert (first.label, first.consensus, first.gold) == ("no", "yes", "yes")
    assert first.probability < 0.5
    rest = histories.answers_page(*key, differs=True, after=answers.next_after, limit=50)
    assert len({one.id for one in (*answers.items, *rest.items)}) == 12
    assert others.items == []


def test_a_board_has_places_for_the_good_alone(worked: World) -> None:
    def board(by: str, label: str | None = None, least: int = 5) -> list[str]:
        found = leaderboards.read(
            worked.session,
            worked.requester,
            worked.project_id,
            by=by,
            label=label,
            least_answers=least,
        )
        return [name_of(worked, place.record) for place in found.places]

    assert board("skill")[2:] == ["cyn"]
    assert set(board("speed")) == {"ann", "bea"}
    assert board("label", "yes")[2:] == ["cyn"]
    assert board("agreement", least=13) == []
    wish = {"annotator_id": worked.annotator("ann").id, "reason": "spam", "kind": "block"}
    actions.take(worked.session, worked.requester, worked.project_id, **wish)
    assert board("skill")[0] == "bea"


def test_others_see_no_record(worked: World) -> None:
    other = World(worked.session)
    who = worked.annotator("ann").id

    with pytest.raises(NotFound):
        track_records.find(worked.session, other.requester, worked.project_id, who)
    with pytest.raises(NotFound):
        histories.read(worked.session, worked.requester, worked.project_id, uuid.uuid4())


def test_who_has_not_answered_for_a_week_is_idle(worked: World, session: Session) -> None:
    old = update(TrackRecord).where(TrackRecord.annotator_id == worked.annotator("bea").id)
    session.execute(old.values(last_answer_at="2020-01-01T00:00:00+00:00"))

    assert listed(worked, wanted=Wanted(flag="idle")) == ["bea"]


def test_a_marketplace_sees_nothing_of_what_is_for_the_requester(worked: World) -> None:
    key = (worked.session, worked.marketplace, worked.project_id)

    for read in (
        lambda: forecasts.read(*key),
        lambda: track_records.find(*key, worked.annotator("ann").id),
        lambda: histories.read(*key, worked.annotator("ann").id),
        lambda: leaderboards.read(*key, by="skill", label=None),
    ):
        with pytest.raises(NotFound):
            read()
    page = forecasts.one_page_of(worked.session, worked.marketplace, after=None, limit=9)
    assert page.items == []


def test_the_api_knows_the_same_columns_flags_and_acts() -> None:
    assert shapes.SORTED_BY == track_records.SORTED_BY
    assert tuple(FLAGS) == shapes.FLAGS
    assert tuple(bulk_acts.NEEDS) == KINDS
