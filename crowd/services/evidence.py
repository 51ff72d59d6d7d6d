"""Everything that speaks for and against a label: what an expert needs to see to rule on it.

How much a vote moves the posterior is worked out anew each time, from the votes and the model as
they stand, by leaving it out. Nothing is stored, so nothing can be out of date.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from consensus.influence import Moved
from crowd.db import rows
from crowd.models import ConsensusRun, Guideline, ProjectConfig, Result
from crowd.services import disputes, gold, lookalikes, pay, projects, results, rulings
from crowd.services.answer_kinds import labels_in
from crowd.services.disputes import DisputeRow
from crowd.services.influences import Given, weighed
from crowd.services.lookalikes import LookAlike
from crowd.services.passages import passages
from crowd.services.rulings import RulingRow
from crowd.services.shares import interval
from crowd.services.tenants import Caller


@dataclass(frozen=True, slots=True)
class Reliability:
    """A share with its 95 % interval, over about as many cases."""

    share: float
    low: float
    high: float
    cases: float


@dataclass(frozen=True, slots=True)
class Ballot:
    """One annotator's answer to the task, and what it weighs."""

    answer_id: uuid.UUID
    #: "Annotator A" and so on, in the order in which they answered.
    name: str
    #: None: hidden.
    annotator_id: uuid.UUID | None
    marketplace: str | None
    label: str
    #: Its annotator was not sure, or had something to say to it.
    unsure: bool
    comment: str | None
    number: int
    time_spent_s: float
    submitted_at: datetime
    #: The version of the guideline it was given by; None: there was none.
    guideline: int | None
    #: It does not count.
    excluded: bool
    #: accepted, rejected or awaited.
    verdict: str
    #: Of all this annotator says; None: no run has seen it.
    accuracy: Reliability | None
    #: P(says the label | it is true), and P(it is true | says the label).
    says_when_true: Reliability | None
    true_when_says: float | None
    #: What leaving it out would change; None: it does not count, or the labels have changed.
    moved: Moved | None


@dataclass(frozen=True, slots=True)
class Evidence:
    row: DisputeRow
    config: ProjectConfig
    guideline: Guideline | None
    #: What it says of the labels that were given, in Markdown; empty: nothing, or nothing else.
    passages: Sequence[str]
    #: The known answer; None: the task is not gold.
    known: str | None
    #: Names are hidden.
    blind: bool
    ballots: Sequence[Ballot]
    #: P(label | answers that count), of people alone, by the newest run; None: there is none.
    posterior: Mapping[str, float] | None
    #: Every decision about the task, the newest first.
    history: Sequence[Result]
    rulings: Sequence[RulingRow]
    alike: Sequence[LookAlike]


def read(
    session: Session, caller: Caller, dispute_id: uuid.UUID, *, blind: bool = False
) -> Evidence:
    """Gather what there is about a dispute. A dozen lookups by key, whatever the project's size.

    Names are hidden where the caller, or the project's `rulings.blind`, wants it so, as long as it
    is open. Raises NotFound.
    """
    row = disputes.find(session, caller, dispute_id)
    view = projects.find_own(session, caller, row.dispute.project_id)
    blind = blind or (bool(view.config.rulings["blind"]) and row.dispute.state == "open")
    run = _newest_run(session, view.project.id, view.project.run_number)
    key = {"project": view.project.id, "task": row.task.id, "run": view.project.run_number}
    found = rows(session, _BALLOTS, **key)
    counting = [one for one in found if not one.excluded]
    together = weighed(run, view.config, [Given(one.label, one.row) for one in counting])
    changes = together.moved if together else ()
    moved = dict(zip((one.id for one in counting), changes, strict=False))
    guideline = _guideline(session, view.config)
    kind = view.config.answer_type
    given = {label for one in found for label in labels_in(kind, one.label)}
    return Evidence(
        row=row,
        config=view.config,
        guideline=guideline,
        passages=passages(guideline.body, given) if guideline else (),
        known=gold.known_answer(session, row.task.id),
        blind=blind,
        ballots=[_ballot(place, one, run, moved, blind) for place, one in enumerate(found)],
        posterior=together.together if together else None,
        history=results.versions(session, caller, row.task.id),
        rulings=rulings.of_dispute(session, caller, dispute_id),
        alike=lookalikes.of_dispute(session, dispute_id),
    )


def pseudonym(place: int) -> str:
    """Name whoever came at a place, from 0: Annotator A to Z, then AA and on."""
    letters, rest = "", place + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"Annotator {letters}"


def _newest_run(session: Session, project_id: uuid.UUID, number: int | None) -> ConsensusRun | None:
    found = session.query(ConsensusRun).filter_by(project_id=project_id, number=number)
    return found.one_or_none()


def _guideline(session: Session, config: ProjectConfig) -> Guideline | None:
    if config.guideline is None:
        return None
    return session.get(Guideline, (config.project_id, config.guideline))


def _ballot(
    place: int,
    found: Any,
    run: ConsensusRun | None,
    moved: Mapping[uuid.UUID, Moved],
    blind: bool,
) -> Ballot:
    says, true = _of_class(found, run)
    return Ballot(
        answer_id=found.id,
        name=pseudonym(place),
        annotator_id=None if blind else found.annotator_id,
        marketplace=None if blind else found.marketplace,
        label=found.label,
        unsure=found.unsure,
        comment=found.comment,
        number=found.number,
        time_spent_s=found.time_spent_s,
        submitted_at=found.submitted_at,
        guideline=found.guideline,
        excluded=found.excluded,
        verdict=found.verdict,
        accuracy=None
        if found.accuracy is None
        else Reliability(
            found.accuracy, found.accuracy_low, found.accuracy_high, float(found.answers)
        ),
        says_when_true=says,
        true_when_says=true,
        moved=moved.get(found.id),
    )


def _of_class(found: Any, run: ConsensusRun | None) -> tuple[Reliability | None, float | None]:
    """Read from the annotator's matrix how far its word for this very label can be trusted.

    How many cases that rests on is an expectation: its answers, times the share of the label.
    """
    if run is None or found.confusion is None or found.label not in run.labels:
        return None, None
    labels, label = len(run.labels), list(run.labels).index(found.label)
    given = [found.confusion[true * labels + label] for true in range(labels)]
    joint = [prior * share for prior, share in zip(run.class_prior, given, strict=True)]
    cases = found.answers * run.class_prior[label]
    share = given[label]
    low, high = interval(share * cases, cases) if cases > 0 else (0.0, 1.0)
    total = sum(joint)
    return Reliability(share, low, high, cases), joint[label] / total if total > 0 else None


_BALLOTS = f"""
SELECT n.id, n.annotator_id, n.label, n.unsure, n.comment, n.number, n.time_spent_s,
       n.submitted_at, c.guideline,
       EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = n.id) AS excluded,
       {pay.VERDICT} AS verdict, t.name AS marketplace,
       s.accuracy, s.accuracy_low, s.accuracy_high, s.answers, s.confusion, m.row
FROM answers n
JOIN annotators a ON a.id = n.annotator_id
JOIN tenants t ON t.id = a.tenant_id
JOIN project_configs c ON c.project_id = n.project_id AND c.version = n.config_version
LEFT JOIN skills s ON s.project_id = n.project_id AND s.run_number = %(run)s
    AND s.annotator_id = n.annotator_id
LEFT JOIN annotator_models m ON m.project_id = n.project_id AND m.annotator_id = n.annotator_id
    AND m.run_number = %(run)s
WHERE n.task_id = %(task)s AND n.project_id = %(project)s
ORDER BY n.number
"""
