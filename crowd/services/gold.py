"""Gold: tasks whose answer is known. Outwardly they are tasks like any other."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import Conflict, Invalid, NotFound
from crowd.models import (
    Dispute,
    Example,
    Gold,
    ProjectConfig,
    Ruling,
    Task,
)
from crowd.services import answer_kinds, audit, configs, outbox, projects, standing
from crowd.services.tenants import Caller


def check_label(label: str, config: ProjectConfig, field: str = "label") -> str:
    """Bring a label, or a set of them, to the text it is kept by. Raises UnknownLabel."""
    return answer_kinds.canonical(config, label, field=field)


def put(
    session: Session,
    caller: Caller,
    task_id: uuid.UUID,
    *,
    label: str,
    explanation: str | None = None,
) -> Gold:
    """Say what the right answer of a task is; an earlier gold answer is retired, not changed.

    A dispute about the task is ruled by it. Whoever has answered the task is scored anew by the
    next fit, which is asked for. Raises NotFound, UnknownLabel, and Conflict for an example, and
    where a ruling says something else.
    """
    task, config = _locked(session, caller, task_id)
    label = check_label(label, config)
    if standing.contradicts(session, task_id, label):
        raise Conflict("A ruling that stands says something else of the task: overturn it first.")
    known_before = known_answer(session, task_id)
    gold = know(session, task, config, label, explanation)
    _rule(session, caller, task, gold, known_before)
    _score_anew(session, task)
    session.flush()
    audit.note(session, caller, "gold.put", task_id, label=label)
    return gold


def put_many(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    wishes: Sequence[Mapping[str, Any]],
) -> list[Gold]:
    """Say what is right of many tasks of a project, all or none: task_id, label, explanation.

    Raises what `put` does, naming the place of the wish in the list, and Invalid for a task that is
    named twice.
    """
    config = projects.find(session, caller, project_id).config
    _require_different([wish["task_id"] for wish in wishes])
    places = {wish["task_id"]: place for place, wish in enumerate(wishes)}
    done: dict[int, Gold] = {}
    # tasks are locked in the order of their ids, whatever that of the list
    for task_id, place in sorted(places.items()):
        wish = wishes[place]
        _require_of(session, project_id, task_id)
        check_label(wish["label"], config, f"items.{place}.label")
        done[place] = put(session, caller, **wish)
    return [done[place] for place in range(len(wishes))]


def retire(
    session: Session, caller: Caller, task_id: uuid.UUID, *, reason: str | None = None
) -> None:
    """Make a task an ordinary one again; what was known of it stays on record. Raises NotFound."""
    task, config = _locked(session, caller, task_id)
    if known_answer(session, task_id) is None:
        raise NotFound("The task is not gold.")
    forget(session, task, config, reason)
    _score_anew(session, task)
    audit.note(session, caller, "gold.retired", task_id, reason=reason)


def retire_many(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    task_ids: Sequence[uuid.UUID],
    *,
    reason: str,
) -> None:
    """Make many gold tasks of a project ordinary ones again, all or none.

    Raises NotFound for a task that is not gold, and Invalid for one that is named twice.
    """
    _require_different(task_ids)
    for task_id in sorted(task_ids):
        _require_of(session, project_id, task_id)
        retire(session, caller, task_id, reason=reason)


def met_of_project(
    session: Session, project_id: uuid.UUID, slack: float | None
) -> dict[uuid.UUID, tuple[int, int]]:
    """Count the gold that each annotator has answered, and has answered right, as a whole.

    `slack`: see `answer_kinds.slack_of`. For a job: it goes over the answers to gold.
    """
    found = rows(session, _MET, project=project_id, slack=slack)
    return {row.annotator_id: (row.seen, row.correct) for row in found}


def know(
    session: Session, task: Task, config: ProjectConfig, label: str, explanation: str | None
) -> Gold:
    """Make a label the known answer of a task, which the caller has locked. Raises Conflict."""
    if session.scalar(select(Example.id).filter_by(task_id=task.id).limit(1)) is not None:
        raise Conflict("Annotators have been shown the task as an example: its answer is known.")
    _retire(session, task.id)
    _move(session, task, config, is_gold=True)
    gold = Gold(project_id=task.project_id, task_id=task.id, label=label, explanation=explanation)
    session.add(gold)
    session.flush()
    return gold


def forget(session: Session, task: Task, config: ProjectConfig, reason: str | None = None) -> None:
    """Make a task, which the caller has locked, an ordinary one."""
    _retire(session, task.id, reason)
    _move(session, task, config, is_gold=False)


def follow(session: Session, config: ProjectConfig, task: Task, ruling: Ruling) -> None:
    """Let the known answer follow a ruling, of a task that has one or is to have one."""
    known = known_answer(session, task.id)
    wanted = known
    if ruling.verdict == "withdrawn":
        wanted = ruling.known_before
    elif known is not None or ruling.promote:
        wanted = ruling.label
    if wanted == known:
        return
    if wanted is None:
        forget(session, task, config)
    else:
        know(session, task, config, wanted, ruling.comment)


def known_answer(session: Session, task_id: uuid.UUID) -> str | None:
    """Read the known answer of a task; None: it is not gold."""
    query = select(Gold.label).where(Gold.task_id == task_id, Gold.retired_at.is_(None))
    return session.scalar(query)


def labels_of_project(session: Session, project_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """Read the known answers of a project, by task."""
    rows = session.execute(
        select(Gold.task_id, Gold.label).where(
            Gold.project_id == project_id, Gold.retired_at.is_(None)
        )
    )
    return {row.task_id: row.label for row in rows}


def among(session: Session, task_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Pick the tasks that are gold now."""
    return set(
        session.scalars(
            select(Gold.task_id).where(Gold.task_id.in_(task_ids), Gold.retired_at.is_(None))
        )
    )


def _require_different(task_ids: Sequence[uuid.UUID]) -> None:
    if len(set(task_ids)) < len(task_ids):
        raise Invalid("Name each task once.", errors={"task_id": ["named more than once"]})


def _require_of(session: Session, project_id: uuid.UUID, task_id: uuid.UUID) -> None:
    if session.scalar(select(Task.project_id).filter_by(id=task_id)) != project_id:
        raise NotFound(f"The project has no task {task_id}.")


def _locked(session: Session, caller: Caller, task_id: uuid.UUID) -> tuple[Task, ProjectConfig]:
    task = session.get(Task, task_id, with_for_update=True, populate_existing=True)
    if task is None:
        raise NotFound("There is no such task.")
    return task, projects.find(session, caller, task.project_id).config


def _move(session: Session, task: Task, config: ProjectConfig, *, is_gold: bool) -> None:
    """Put a task among the gold, or back among the others; never below what it holds already."""
    bounds = configs.bounds(config, is_gold=is_gold)
    held = task.leased + task.answered
    task.is_gold = is_gold
    task.cap = max(bounds["cap"], held)
    task.wanted = min(max(bounds["wanted"], task.wanted if is_gold else held), task.cap)
    if is_gold and config.gold["exposure"] and held < task.cap:
        # shown to more annotators than another task: it is work again
        task.state = "open"
    session.flush()


def _rule(
    session: Session, caller: Caller, task: Task, gold: Gold, known_before: str | None
) -> None:
    """End an open dispute: whoever says what is right has ruled on it."""
    query = select(Dispute).filter_by(task_id=task.id, state="open")
    dispute = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if dispute is None:
        return
    before = standing.on_task(session, task.id)
    ruling = Ruling(
        project_id=task.project_id,
        dispute_id=dispute.id,
        task_id=task.id,
        verdict="label",
        label=gold.label,
        reason="promoted_to_gold",
        comment=gold.explanation,
        is_final=True,
        promote=True,
        known_before=before.known_before if before else known_before,
        overturns_id=before.id if before else None,
        api_key_id=caller.key_id,
        user_id=caller.user_id,
    )
    session.add(ruling)
    session.flush()
    standing.close(session, dispute)
    standing.hold(session, task, ruling)


def _score_anew(session: Session, task: Task) -> None:
    """Ask for a fit, if anybody has answered: skills follow from what gold says now."""
    if task.answered:
        outbox.publish(
            session, "refit.requested", project_id=task.project_id, subject_ids=[task.project_id]
        )


def _retire(session: Session, task_id: uuid.UUID, reason: str | None = None) -> bool:
    present = session.scalar(select(Gold).where(Gold.task_id == task_id, Gold.retired_at.is_(None)))
    if present is None:
        return False
    present.retired_at = session.scalar(select(func.now()))
    present.retired_because = reason
    session.flush()
    return True


_MET = f"""
SELECT a.annotator_id, count(*) AS seen,
       count(*) FILTER (WHERE {answer_kinds.same("a.label", "g.label")}) AS correct
FROM gold g JOIN answers a ON a.task_id = g.task_id
WHERE g.project_id = %(project)s AND g.retired_at IS NULL
  AND NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = a.id)
GROUP BY a.annotator_id
"""
