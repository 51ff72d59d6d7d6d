"""What a decision of the engine comes to, held against what stands by now. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Row

from crowd.models import ProjectConfig

#: The event that tells of a task's new state.
TOLD = {"open": "task.reopened", "resolved": "task.resolved", "disputed": "task.disputed"}
#: A posterior that moved less than this is no new version of a result.
SAME_WITHIN = 0.005


@dataclass(frozen=True, slots=True)
class Decided:
    """What the engine says of a task, and on what grounds."""

    task_id: uuid.UUID
    state: str
    label: str | None
    confidence: float
    posterior: Mapping[str, float]
    reason: str
    answers_seen: int
    run_number: int
    #: The task's revision before its answers were read.
    revision: int = 0
    #: What models said of it; None: nothing.
    models: Mapping[str, Any] | None = None
    #: Answers that it is to have in any case.
    least: int = 0


class Standing(NamedTuple):
    """Where a task stands: what a decision may move, and what that depends on."""

    id: uuid.UUID
    project_id: uuid.UUID
    state: str
    wanted: int
    cap: int
    leased: int
    answered: int
    result_version: int
    seen: int


class Outcome(NamedTuple):
    """What a decision comes to."""

    decided: Decided
    before: Standing
    after: Standing
    #: It is worth a version of its own.
    is_news: bool
    #: A label that was final is another one now.
    is_revised: bool
    is_gold: bool


def outcome_of(decided: Decided, stored: Row[Any], config: ProjectConfig) -> Outcome | None:
    """Judge a decision by what stands now; None: it is stale, or says nothing.

    What a person has ruled stands: then no decision is news.
    """
    if _is_stale(decided, stored) or _says_nothing(decided, stored):
        return None
    before = Standing(*stored[: len(Standing._fields)])
    is_news = not stored.is_ruled and _is_news(decided, stored)
    after = _moved(before, config, decided, stored)
    after = after._replace(
        seen=decided.answers_seen, result_version=before.result_version + is_news
    )
    both_final = before.state == after.state == "resolved"
    is_revised = both_final and is_news and stored.label != decided.label
    return Outcome(decided, before, after, is_news, is_revised, stored.is_gold)


def _is_stale(decided: Decided, stored: Row[Any]) -> bool:
    if decided.revision != stored.revision:
        return True
    if stored.result_version == 0:
        return False
    before = stored.decided_revision, stored.answers_seen, stored.run_number
    return (decided.revision, decided.answers_seen, decided.run_number) < before


def _says_nothing(decided: Decided, stored: Row[Any]) -> bool:
    # nobody has answered, and no model could close it: that is how every task begins
    return (stored.result_version, decided.answers_seen, decided.state) == (0, 0, "open")


def _is_news(decided: Decided, stored: Row[Any]) -> bool:
    if stored.result_version == 0 or decided.answers_seen != stored.answers_seen:
        return True
    if (decided.state, decided.label) != (stored.stored_state, stored.label):
        return True
    if (decided.models is None) != stored.is_without_models:
        return True
    return any(
        abs(p - stored.posterior.get(k, 0)) > SAME_WITHIN for k, p in decided.posterior.items()
    )


def _moved(task: Standing, config: ProjectConfig, decided: Decided, stored: Row[Any]) -> Standing:
    """Close a task, or ask for one more answer.

    A gold task opens and closes by its answers alone, as if nothing were known of it; only a
    dispute about it would be idle. So does one that was ruled on while it was open, or ruling
    would tell them apart; once closed it stays so.
    """
    if stored.is_gold and config.gold["exposure"] is not None:
        # known all along: it is there to be seen, by so many and no more
        return task._replace(state="open" if task.answered < task.cap else "resolved")
    if stored.is_ruled and task.state != "open":
        return task
    is_idle = decided.state == "disputed" and (stored.is_gold or stored.is_ruled)
    state = "resolved" if is_idle else decided.state
    held = task.leased + task.answered
    # what is still out, or not seen yet, may decide it: only then is one more worth its price
    pending = held > decided.answers_seen or (task.state == "open" and held < task.wanted)
    if state == "open" and not pending and held < task.cap:
        return task._replace(state=state, wanted=min(max(held + 1, decided.least), task.cap))
    return task._replace(state=state)
