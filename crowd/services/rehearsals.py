"""Rehearsals: a requester answers a few of its own items as annotators would.

Nothing of it is an answer of the crowd: no lease, no counter, no event, no marketplace. See
docs/decisions/0037.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import AlreadyAnswered, Conflict, NotFound
from crowd.models import Project, ProjectConfig, Rehearsal, RehearsedAnswer, Task
from crowd.services import audit, projects
from crowd.services.answer_kinds import MULTI_LABEL, NUMERIC, says_same, slack_of
from crowd.services.gold import check_label
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: Items in a rehearsal, unless other is said, and how many of them have a known answer at most.
ITEMS, KNOWN = 10, 3
#: The items are drawn from the project's first ones: that is as good as from all, and quick.
DRAWN_FROM = 1000
#: Shares of right answers for which is told how many it takes.
ACCURACIES = (0.7, 0.8, 0.9)
#: No project takes more answers to an item.
MOST_REASONABLE = 1000


@dataclass(frozen=True, slots=True)
class Step:
    """How far a rehearsal is, and what comes next."""

    rehearsal: Rehearsal
    config: ProjectConfig
    answered: int
    #: None: all are answered.
    task: Task | None


@dataclass(frozen=True, slots=True)
class Compared:
    """An item, what the requester says of it, and what else there is to hold it against."""

    task_id: uuid.UUID
    external_id: str
    label: str
    time_spent_s: float
    #: None: it is not known, or the caller may not know.
    gold: str | None
    #: What a model predicts, and what the crowd has come to.
    predicted: str | None
    crowd: str | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the configuration would do, should annotators be as quick as the requester was."""

    #: Answers to 1,000 items: at least, at most; and the hours they take.
    answers_low: int
    answers_high: int
    hours_low: float
    hours_high: float
    #: Annotators' share of right answers → how many that agree it takes; None: more than allowed.
    #: Empty for sets and numbers.
    agreeing: Sequence[tuple[float, int | None]]


@dataclass(frozen=True, slots=True)
class Comparison:
    rehearsal: Rehearsal
    config: ProjectConfig
    items: Sequence[Compared]
    #: Of an item; None: none is answered.
    median_s: float | None
    #: Of so many known, so many the same; of so many predicted.
    known: int
    same_as_known: int
    predicted: int
    same_as_predicted: int
    outlook: Outlook | None


def start(
    session: Session, caller: Caller, project_id: uuid.UUID, *, count: int = ITEMS
) -> Rehearsal:
    """Draw some items to be tried. Raises NotFound, and Conflict where there are none."""
    view = projects.find(session, caller, project_id)
    drawn = rows(session, _DRAW, project=project_id, most=count, known=KNOWN, first=DRAWN_FROM)
    if not drawn:
        raise Conflict("The project has no items yet. Import some, or a template's samples.")
    rehearsal = Rehearsal(
        project_id=project_id,
        config_version=view.config.version,
        task_ids=[row.id for row in drawn],
        api_key_id=caller.key_id,
        user_id=caller.user_id,
    )
    session.add(rehearsal)
    session.flush()
    audit.note(session, caller, "rehearsal.started", project_id, rehearsal_id=rehearsal.id)
    return rehearsal


def one_page_of(
    session: Session, caller: Caller, project_id: uuid.UUID, *, after: uuid.UUID | None, limit: int
) -> Page:
    """List a project's rehearsals, the newest first. Raises NotFound."""
    projects.find(session, caller, project_id)
    query = select(Rehearsal).filter_by(project_id=project_id)
    return one_page(session, query, Rehearsal.id, after=after, limit=limit, newest_first=True)


def step(session: Session, caller: Caller, rehearsal_id: uuid.UUID) -> Step:
    """Find the next item. Raises NotFound."""
    rehearsal = _find(session, caller, rehearsal_id)
    given = set(session.scalars(_answered(rehearsal_id)))
    coming = next((task for task in rehearsal.task_ids if task not in given), None)
    task = session.get(Task, coming) if coming is not None else None
    return Step(rehearsal, _config_of(session, rehearsal), len(given), task)


def answer(
    session: Session, caller: Caller, rehearsal_id: uuid.UUID, *, task_id: uuid.UUID, label: str
) -> Step:
    """Note what the requester says of an item, and find the next one.

    Raises NotFound, UnknownLabel, AlreadyAnswered.
    """
    rehearsal = _find(session, caller, rehearsal_id)
    if task_id not in rehearsal.task_ids:
        raise NotFound("The rehearsal has no such item.")
    label = check_label(label, _config_of(session, rehearsal))
    before = select(func.max(RehearsedAnswer.created_at)).filter_by(rehearsal_id=rehearsal_id)
    since = func.coalesce(before.scalar_subquery(), rehearsal.created_at)
    now = func.clock_timestamp()
    spent = func.greatest(0.0, func.extract("epoch", now - since))
    key = {"rehearsal_id": rehearsal_id, "task_id": task_id}
    row = {**key, "label": label, "time_spent_s": spent, "created_at": now}
    new = insert(RehearsedAnswer).values(row).on_conflict_do_nothing()
    if session.scalar(new.returning(RehearsedAnswer.task_id)) is None:
        raise AlreadyAnswered("You have answered this item. Go on with the next one.")
    return step(session, caller, rehearsal_id)


def compare(session: Session, caller: Caller, rehearsal_id: uuid.UUID) -> Comparison:
    """Hold what has been said against what is known, predicted and decided. Raises NotFound."""
    rehearsal = _find(session, caller, rehearsal_id)
    config = _config_of(session, rehearsal)
    knows = "gold:read" in caller.scopes
    found = rows(session, _COMPARE, rehearsal=rehearsal_id, knows=knows)
    items = sorted(
        (Compared(*row) for row in found), key=lambda one: rehearsal.task_ids.index(one.task_id)
    )
    middle = median(one.time_spent_s for one in items) if items else None
    slack = slack_of(config)
    known = [one for one in items if one.gold is not None]
    predicted = [one for one in items if one.predicted is not None]
    return Comparison(
        rehearsal,
        config,
        items,
        middle,
        len(known),
        sum(says_same(one.label, one.gold, slack) for one in known if one.gold is not None),
        len(predicted),
        sum(one.label == one.predicted for one in predicted),
        None if middle is None else outlook(config, middle),
    )


def outlook(config: ProjectConfig, seconds: float) -> Outlook:
    """Reckon what 1,000 items take, at so many seconds an answer."""
    low, high = 1000 * config.overlap_min, 1000 * config.overlap_max
    hours = seconds / 3600
    return Outlook(low, high, low * hours, high * hours, _agreeing(config))


def _agreeing(config: ProjectConfig) -> list[tuple[float, int | None]]:
    """Reckon how many have to agree; of sets and numbers, that depends on more than how many do."""
    if config.answer_type in (MULTI_LABEL, NUMERIC):
        return []
    labels, target = len(config.labels), config.target_confidence
    needed = [(share, agreeing_answers(share, labels, target)) for share in ACCURACIES]
    return [(share, n if n <= config.overlap_max else None) for share, n in needed]


def agreeing_answers(accuracy: float, labels: int, target: float) -> int:
    """Count the answers that have to agree until their label is as probable as wanted.

    With annotators who are right so often, err evenly, and labels that are equally probable at
    first: the posterior's odds grow by the same factor with each answer (Dawid & Skene 1979).
    """
    odds, factor, count = 1 / (labels - 1), accuracy * (labels - 1) / (1 - accuracy), 0
    wanted = target / (1 - target)
    while odds < wanted and count < MOST_REASONABLE:
        odds, count = odds * factor, count + 1
    return count


def _find(session: Session, caller: Caller, rehearsal_id: uuid.UUID) -> Rehearsal:
    mine = select(Rehearsal).join(Project, Project.id == Rehearsal.project_id)
    rehearsal = session.scalar(
        mine.where(Rehearsal.id == rehearsal_id, Project.tenant_id == caller.tenant_id)
    )
    if rehearsal is None:
        raise NotFound("There is no such rehearsal of yours.")
    return rehearsal


def _config_of(session: Session, rehearsal: Rehearsal) -> ProjectConfig:
    key = {"project_id": rehearsal.project_id, "version": rehearsal.config_version}
    return session.scalars(select(ProjectConfig).filter_by(**key)).one()


def _answered(rehearsal_id: uuid.UUID) -> Select[uuid.UUID]:
    return select(RehearsedAnswer.task_id).filter_by(rehearsal_id=rehearsal_id)


# some whose answer is known go first into the draw, and anywhere into the order
_DRAW = """
WITH known AS (
    SELECT task_id AS id FROM (
        SELECT task_id FROM gold
        WHERE project_id = %(project)s AND retired_at IS NULL LIMIT %(first)s
    ) g ORDER BY random() LIMIT least(%(known)s, %(most)s)
),
others AS (
    SELECT id FROM (
        SELECT id FROM tasks WHERE project_id = %(project)s ORDER BY id LIMIT %(first)s
    ) t WHERE id NOT IN (SELECT id FROM known) ORDER BY random() LIMIT %(most)s
)
SELECT id FROM (
    SELECT id FROM (
        SELECT id, 0 AS part FROM known UNION ALL SELECT id, 1 FROM others
    ) one ORDER BY part LIMIT %(most)s
) chosen ORDER BY random()
"""
_COMPARE = """
SELECT t.id, t.external_id, a.label, a.time_spent_s,
       CASE WHEN %(knows)s THEN g.label END AS gold,
       (SELECT p.label FROM predictions p WHERE p.task_id = t.id ORDER BY p.id DESC LIMIT 1)
           AS predicted,
       r.label AS crowd
FROM rehearsed_answers a
JOIN tasks t ON t.id = a.task_id
LEFT JOIN gold g ON g.task_id = t.id AND g.retired_at IS NULL
LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version
WHERE a.rehearsal_id = %(rehearsal)s
"""
