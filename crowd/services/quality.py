"""What an annotator is told of its own quality, through its marketplace.

All of it comes from what the crowd has made of tasks as if nothing were known of any: results know
no gold, nor does anything here. Skills do, and are for requesters alone. Shares are of whole blocks
of answers and rounded, so that no single answer's fate can be read from how they move.
"""

from __future__ import annotations

import itertools
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import checked, rows
from crowd.errors import NotFound
from crowd.services import actions, annotators, bans, examples, pay, projects
from crowd.services.shares import interval
from crowd.services.tenants import Caller

#: Answers in a block, in the order in which they were given. An unfinished block is not shown.
BLOCK = 20
#: So many answers of a block must have been compared with others' before it is shown.
COMPARED = 15
#: Blocks that are looked back on, and those whose shares are told one by one.
BLOCKS, TOLD = 50, 10
#: A result that has seen fewer answers says nothing of them.
LEAST_SEEN = 2
#: A label is confused with another when that is so in more than this share of cases, surely, and
#: in so many cases at least.
CLEAR, LEAST_CASES = 0.1, 5
#: Pairs that are told, and examples of each.
PAIRS, EXAMPLES = 3, 3


@dataclass(frozen=True, slots=True)
class Rightness:
    """How often some answers are right, as far as all answers to their tasks tell."""

    #: How many answers were compared.
    answers: int
    #: To the percent, with its 95 % interval (Wilson 1927).
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    #: When the newest of them was given.
    until: datetime


@dataclass(frozen=True, slots=True)
class Confusion:
    """A label that the annotator takes for another."""

    label: str
    given: str
    #: How often, to the percent, and of how many cases.
    share: float
    cases: int
    examples: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Quality:
    project_id: uuid.UUID
    annotator_id: uuid.UUID
    #: Answers given in all.
    answers: int
    #: Of the last thousand: by their newest verdicts.
    accepted: int
    rejected: int
    awaited: int
    #: Over the blocks looked back on; None: there are none yet.
    overall: Rightness | None
    #: By block, the oldest first.
    trend: Sequence[Rightness]
    #: What is in force about it.
    actions: Sequence[Any]
    banned: bool
    #: None: the project does not coach.
    confusions: Sequence[Confusion] | None


def read(
    session: Session, caller: Caller, project_id: uuid.UUID, annotator_id: uuid.UUID
) -> Quality:
    """Read what one of the caller's annotators may know of its work on a project.

    Raises NotFound, also where the project tells nothing (`feedback`).
    """
    annotators.find(session, caller, annotator_id)
    key = {"project": project_id, "annotator": annotator_id}
    took_part = rows(session, _TOOK_PART, **key)
    if not took_part:
        raise NotFound("The annotator has not worked on such a project.")
    feedback = projects.in_force(session, project_id).feedback
    if feedback == "none":
        raise NotFound("The project tells annotators nothing of their quality.")
    answers = took_part[0].answered
    most = BLOCKS * BLOCK + answers % BLOCK
    seen = rows(session, _ANSWERS, most=most, least=LEAST_SEEN, **key)
    blocks = list(_blocks(seen))
    compared = [answer for block in blocks for answer in block]
    verdicts = Counter(answer.verdict for answer in seen)
    return Quality(
        project_id=project_id,
        annotator_id=annotator_id,
        answers=answers,
        accepted=verdicts["accepted"],
        rejected=verdicts["rejected"],
        awaited=verdicts["awaited"],
        overall=_share(compared) if compared else None,
        trend=[_share(block) for block in blocks[-TOLD:]],
        actions=actions.in_force_about(session, project_id, annotator_id),
        banned=bans.is_banned(session, project_id, annotator_id),
        confusions=_coaching(session, key, compared) if feedback == "coaching" else None,
    )


def _blocks(seen: Sequence[Any]) -> Iterator[list[Any]]:
    """Cut answers into blocks by their places; of each, those compared with others' count."""
    for _, block in itertools.groupby(seen, key=lambda answer: (answer.place - 1) // BLOCK):
        given = list(block)
        compared = [answer for answer in given if answer.posterior is not None]
        if len(given) == BLOCK and len(compared) >= COMPARED:
            yield compared


def _share(block: Sequence[Any]) -> Rightness:
    right = sum(answer.posterior.get(answer.label, 0.0) for answer in block)
    low, high = interval(right, len(block))
    share = round(right / len(block), 2)
    until = max(answer.submitted_at for answer in block)
    return Rightness(len(block), share, round(low, 2), round(high, 2), until)


def _confusions(compared: Sequence[Any]) -> list[tuple[str, str, float, int]]:
    """Find the pairs that are clearly confused, the most frequent first."""
    truly: Counter[str] = Counter()
    taken: Counter[tuple[str, str]] = Counter()
    for answer in compared:
        for label, probability in answer.posterior.items():
            truly[label] += probability
            if label != answer.label:
                taken[label, answer.label] += probability
    clear = [
        (label, given, round(often / truly[label], 2), round(truly[label]))
        for (label, given), often in taken.items()
        if often >= LEAST_CASES and interval(often, truly[label])[0] > CLEAR
    ]
    return sorted(clear, key=lambda pair: -taken[pair[0], pair[1]])[:PAIRS]


def _coaching(
    session: Session, key: Mapping[str, uuid.UUID], compared: Sequence[Any]
) -> list[Confusion]:
    who = key["project"], key["annotator"]
    return [
        Confusion(
            label,
            given,
            share,
            cases,
            examples.of_confusion(session, *who, label=label, given=given, most=EXAMPLES),
        )
        for label, given, share, cases in _confusions(compared)
    ]


_TOOK_PART = """
SELECT answered FROM participations
WHERE project_id = %(project)s AND annotator_id = %(annotator)s
"""
# places are counted from the first answer, so that blocks stay what they are
_ANSWERS = f"""
SELECT n.place, n.label, n.submitted_at, r.posterior, {pay.VERDICT} AS verdict
FROM (
    SELECT w.answered + 1 - row_number() OVER (ORDER BY a.id DESC) AS place, a.*
    FROM participations w CROSS JOIN LATERAL (
        SELECT * FROM answers
        WHERE annotator_id = %(annotator)s AND {checked("project_id = %(project)s")}
        ORDER BY id DESC LIMIT %(most)s
    ) a
    WHERE w.project_id = %(project)s AND w.annotator_id = %(annotator)s
) n
JOIN tasks t ON t.id = n.task_id
LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version
    AND r.answers_seen >= %(least)s
ORDER BY n.place
"""
