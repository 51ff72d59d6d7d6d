"""Handing tasks out: never more than a task wants, never the same one twice to anybody."""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import NotFound
from crowd.services import (
    named_leases,
    participations,
    policies,
    pools,
    prelabels,
    qualifications,
    queue,
)
from crowd.services.configs import Terms
from crowd.services.participations import Entry
from crowd.services.prelabels import Prelabel
from crowd.services.queue import Taken
from crowd.services.tenants import Caller

#: Assignments handed out in one request, at the most.
MOST = 100
#: Seconds after which asking again makes sense, by the reason for having no work.
RETRY_AFTER = {"none_left_for_you": 30, "paused": 300, "task_full": 2}
#: Places looked at before everything is searched: one may lie within what the annotator has had.
LOOKS = 3
#: A search of everything that took longer than this is not made again for a while, in seconds.
LONG_SEARCH_S = 0.02
REST_S = 5.0


@dataclass(frozen=True, slots=True)
class Lease:
    """An assignment with what the annotator needs to answer it, and nothing else."""

    taken: Taken
    project_id: uuid.UUID
    terms: Terms
    #: The caller's own name for the task, where it asked by name.
    name: str | None = None
    #: What a model says of it, where annotators are shown that.
    prediction: Prelabel | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A named task that was not handed out."""

    task: str
    reason: str


@dataclass(slots=True)
class Leased:
    """The answer to a request for work: leases, or the reason for there being none."""

    leases: list[Lease] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    reason: str | None = None
    #: Seconds to wait before asking again; None when it is of no use.
    retry_after: int | None = None
    #: The training to be passed first, or the qualifications lacked, where that is the reason.
    training_id: uuid.UUID | None = None
    lacks: list[str] = field(default_factory=list)


def lease(
    session: Session,
    caller: Caller,
    *,
    project_id: uuid.UUID,
    annotator: str,
    count: int = 1,
    tasks: Sequence[str] | None = None,
) -> Leased:
    """Hand out the next tasks, or the named ones, to an annotator.

    Having no work is an answer with a reason. Raises NotFound.
    """
    entry = participations.enter(session, caller, project_id, annotator)
    if closed := _closed(session, entry):
        return closed
    if needed := entry.terms.unsure_requires:
        entry = replace(entry, only_sure=bool(qualifications.lacking(session, entry, needed)))
    if tasks is not None:
        return _by_name(session, entry, tasks)
    room, reason, retry_after = policies.room(session, entry, count)
    if room == 0:
        return Leased(reason=reason, retry_after=retry_after)
    taken = _next(session, entry, room)
    if not taken:
        reason = _why_none(session, entry)
        return Leased(reason=reason, retry_after=RETRY_AFTER.get(reason))
    return Leased(_leases(session, entry, taken, named=False))


def lease_if_open(session: Session, caller: Caller, **request: Any) -> Leased:
    """Lease as `lease` does; what is not there to be worked on is a reason, and no error.

    For work that follows an answer: the answer stands, whatever comes of the lease.
    """
    try:
        return lease(session, caller, **request)
    except NotFound:
        return Leased(reason="not_available")


def _closed(session: Session, entry: Entry) -> Leased | None:
    """Say why an annotator may not work in a project at present; None when nothing is wrong."""
    if reason := _standing(entry):
        must_pass = entry.retraining if reason == "retraining_required" else None
        return Leased(reason=reason, retry_after=_retry_after(entry, reason), training_id=must_pass)
    if entry.terms.pools and not pools.admits(session, entry):
        return Leased(reason="not_in_pool")
    if entry.terms.requires and (lacks := qualifications.lacking(session, entry)):
        return Leased(reason="not_qualified", lacks=lacks)
    return None


def _standing(entry: Entry) -> str | None:
    if entry.blocked or entry.barred or _pauses(entry):
        return "blocked"
    if entry.project_state != "running":
        return "paused" if entry.project_state == "paused" else "all_done"
    if entry.terms.deadline_at is not None and entry.now >= entry.terms.deadline_at:
        return "deadline_passed"
    if entry.retraining is not None:
        return "retraining_required"
    if entry.terms.must_accept and entry.terms.guideline not in (None, entry.guideline):
        return "guideline_not_accepted"
    return None


def _pauses(entry: Entry) -> bool:
    return entry.paused_until is not None and entry.now < entry.paused_until


def _retry_after(entry: Entry, reason: str) -> int | None:
    if reason == "blocked" and entry.paused_until and not (entry.blocked or entry.barred):
        return 1 + int((entry.paused_until - entry.now).total_seconds())
    return RETRY_AFTER.get(reason)


def _next(session: Session, entry: Entry, count: int) -> list[Taken]:
    gold = policies.gold_among(entry, count)
    rests = entry.searched_until is not None and entry.now < entry.searched_until
    if rests and entry.searched_priority is None:
        return []
    ceiling = entry.searched_priority if rests else None
    taken: list[Taken] = []
    for _ in range(LOOKS):
        if taken := queue.take(session, entry, count=count, gold=gold, ceiling=ceiling):
            break
    else:
        taken = _searched(session, entry, count, gold)
    if taken and entry.terms.whole_batches:
        taken += _rest_of_batches(session, entry, taken)
    return taken


def _searched(session: Session, entry: Entry, count: int, gold: int) -> list[Taken]:
    """Look everywhere; one who has had nearly everything does so now and then, not every time."""
    began = time.monotonic()
    taken = queue.take_anywhere(session, entry, count=count, gold=gold)
    if time.monotonic() - began > LONG_SEARCH_S:
        priority = max((one.priority for one in taken), default=None)
        participations.remember_search(session, entry, seconds=REST_S, priority=priority)
    return taken


def _rest_of_batches(session: Session, entry: Entry, taken: Sequence[Taken]) -> list[Taken]:
    names = {one.batch for one in taken if one.batch is not None}
    most = MOST - len(taken)
    if not names or most <= 0:
        return []
    room, _, _ = policies.room(session, entry, most + len(taken))
    return queue.take_batches(session, entry, sorted(names), max(0, room - len(taken)))


def _leases(session: Session, entry: Entry, taken: Sequence[Taken], *, named: bool) -> list[Lease]:
    shown = prelabels.show(session, entry, taken)
    return [
        Lease(
            taken=one,
            project_id=entry.project_id,
            terms=entry.terms,
            name=one.external_id if named else None,
            prediction=shown.get(one.assignment_id),
        )
        for one in taken
    ]


def _why_none(session: Session, entry: Entry) -> str:
    gold_counts = not entry.terms.mixes_gold
    unresolved = rows(session, _UNRESOLVED, project=entry.project_id, gold_counts=gold_counts)
    return "none_left_for_you" if unresolved else "all_done"


def _by_name(session: Session, entry: Entry, names: Sequence[str]) -> Leased:
    taken, refused = named_leases.take(session, entry, names)
    answer = Leased(
        _leases(session, entry, taken, named=True),
        [Refusal(name, reason) for name, reason in refused],
    )
    if not taken and refused:
        answer.reason = refused[0][1]
        answer.retry_after = RETRY_AFTER.get(answer.reason)
    return answer


_UNRESOLVED = """
SELECT FROM tasks
WHERE project_id = %(project)s AND (NOT is_gold OR %(gold_counts)s) AND state = 'open' LIMIT 1
"""
