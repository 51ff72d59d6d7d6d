"""Annotators' answers judged by the rules in force, along their order, each of them once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crowd.db import each, rows
from crowd.models import Rule, Tenant
from crowd.services import actions, likenesses, participations, projects, tenants
from crowd.services.answer_kinds import same, slack_of
from crowd.services.collectors import COPYING, Condition, Firing, Seen, firings, said
from crowd.services.likenesses import Suspect
from crowd.services.tenants import Caller


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a rule comes true."""

    annotator_id: uuid.UUID
    answer_id: uuid.UUID
    #: Which of the annotator's answers to the project it is, from 1.
    place: int
    action: str
    reason: str
    evidence: Mapping[str, Any]


def projects_with_rules(session: Session) -> Sequence[uuid.UUID]:
    """Find the projects that have rules in force."""
    query = select(Rule.project_id).where(Rule.retired_at.is_(None)).distinct()
    return session.scalars(query).all()


def annotators_to_judge(session: Session, project_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Find the annotators of a project with answers that its rules have not judged yet."""
    whole = bool(_to_replay(_in_force(session, project_id)))
    return [row.id for row in rows(session, _TO_JUDGE, project=project_id, whole=whole)]


def idle_annotators(session: Session) -> Sequence[tuple[uuid.UUID, uuid.UUID]]:
    """Find whom a rule on activity has something to say of: each project and annotator."""
    return [(row.project_id, row.annotator_id) for row in rows(session, _IDLE)]


def judge(session: Session, project_id: uuid.UUID, annotator_id: uuid.UUID) -> int:
    """Judge an annotator's new answers by a project's rules, and act; gives how often they acted.

    A rule that goes back to the beginning, and has not yet, judges all of them.
    """
    participations.lock(session, project_id, annotator_id)
    in_force = [rule for rule in _in_force(session, project_id) if rule.collector != COPYING]
    key = {"project": project_id, "annotator": annotator_id}
    standing = rows(session, _STANDING, **key)[0]
    if standing.barred or not in_force:
        rows(session, _JUDGED, judged=standing.answered, **key)
        return 0
    replays = _to_replay(in_force)
    slack = slack_of(projects.in_force(session, project_id))
    new = standing.answered - standing.judged
    most = None if replays else new + max(_reach(rule) for rule in in_force)
    answers = answers_of(session, project_id, annotator_id, slack, most)
    first_new = len(answers) - new
    by_condition = {condition(rule): rule for rule in in_force}

    def judged(condition: Condition, place: int) -> bool:
        rule = by_condition[condition]
        if rule in replays:
            return False
        if rule.collector == "activity":
            # the last answer that was judged has been the last for longer by now
            return place < first_new - 1 or answers[place].until < rule.created_at
        # a rule looks at answers from before it was made, and acts on none of them
        return place < first_new or answers[place].at < rule.created_at

    last = {row.rule_id: row.answer_id for row in rows(session, _LAST_FIRED, **key)}
    fired = {c: last[rule.id] for c, rule in by_condition.items() if rule.id in last}
    acted = 0
    for firing in firings(list(by_condition), answers, judged=judged, fired=fired):
        rule = by_condition[firing.rule]
        acted += _act(session, rule, hit(annotator_id, firing))
    rows(session, _JUDGED, judged=standing.answered, **key)
    return acted


def copiers(session: Session, project_id: uuid.UUID) -> list[tuple[uuid.UUID, Hit]]:
    """Find whom the rules on copying have not acted on yet: the rule, and what was found."""
    found = []
    for rule in _in_force(session, project_id):
        if rule.collector == COPYING:
            after = None if rule.from_beginning else rule.created_at
            terms = condition(rule)
            suspects = likenesses.suspects(session, project_id, terms, after=after)
            found += [(rule.id, suspected(terms, suspect)) for suspect in suspects]
    return found


def stop_copier(session: Session, rule_id: uuid.UUID, found: Hit) -> bool:
    """Act on somebody whom a rule on copying has found, unless something else was quicker."""
    rule = session.get_one(Rule, rule_id)
    participations.lock(session, rule.project_id, found.annotator_id)
    key = {"project": rule.project_id, "annotator": found.annotator_id}
    standing = rows(session, _STANDING, **key)[0]
    return rule.retired_at is None and not standing.barred and _act(session, rule, found)


def note_replayed(session: Session, rule_ids: Sequence[uuid.UUID]) -> None:
    """Say that some rules have judged everything from the beginning."""
    done = update(Rule).where(Rule.id.in_(rule_ids)).values(replayed_at=func.now())
    session.execute(done)


def to_replay(session: Session, project_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Find the rules that are still to judge the answers from before they were made."""
    return [rule.id for rule in _to_replay(_in_force(session, project_id))]


def everybody(session: Session, project_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Find all annotators with answers to a project."""
    return [row.id for row in rows(session, _TO_JUDGE, project=project_id, whole=True)]


def answers_in(session: Session, project_id: uuid.UUID) -> int:
    """Count the answers to a project."""
    return int(rows(session, _COUNT, project=project_id)[0].answers)


def answers_of(
    session: Session,
    project_id: uuid.UUID,
    annotator_id: uuid.UUID,
    slack: float | None,
    most: int | None = None,
) -> list[Seen]:
    """Read an annotator's answers to a project as rules see them: all, or so many of the last.

    `slack`: by how much numbers may differ and still agree; see `answer_kinds.slack_of`.
    """
    key = {"project": project_id, "annotator": annotator_id, "most": most, "slack": slack}
    return [Seen(*row) for row in rows(session, _ANSWERS, **key)]


def hit(annotator_id: uuid.UUID, firing: Firing) -> Hit:
    """Lay out where a rule comes true, and why."""
    return Hit(
        annotator_id=annotator_id,
        answer_id=firing.seen.answer_id,
        place=firing.place + 1,
        action=firing.rule.action,
        reason=said(firing.rule, firing.measured),
        evidence=firing.measured.told(firing.rule),
    )


def suspected(rule: Condition, suspect: Suspect) -> Hit:
    """Lay out whom a rule on copying means, and why."""
    return Hit(
        annotator_id=suspect.annotator_id,
        answer_id=suspect.answer_id,
        place=suspect.place,
        action=rule.action,
        reason=said(rule, suspect.measured),
        evidence=suspect.measured.told(rule) | {"partner_id": str(suspect.partner_id)},
    )


def condition(rule: Rule) -> Condition:
    """Take the part of a rule that is measured."""
    return Condition(
        rule.collector, rule.span, rule.least, rule.below, rule.sure, rule.action, rule.id
    )


def _act(session: Session, rule: Rule, found: Hit) -> bool:
    taken = actions.take(
        session,
        _owner(session, rule.project_id),
        rule.project_id,
        annotator_id=found.annotator_id,
        kind=rule.action,
        reason=f"{rule.name}: {found.reason}",
        pause_seconds=rule.pause_seconds,
        training_id=rule.training_id,
        rule_id=rule.id,
        answer_id=found.answer_id,
        evidence=found.evidence,
    )
    return taken is not None


def _reach(rule: Rule) -> int:
    """Say how many answers back a rule looks."""
    return max(rule.least, ceil(rule.below)) + 1 if rule.collector == "activity" else rule.span


def _owner(session: Session, project_id: uuid.UUID) -> Caller:
    owner = rows(session, _OWNER, project=project_id)[0].tenant_id
    return tenants.operator_of(session.get_one(Tenant, owner))


def _in_force(session: Session, project_id: uuid.UUID) -> Sequence[Rule]:
    query = select(Rule).where(Rule.project_id == project_id, Rule.retired_at.is_(None))
    return session.scalars(query.order_by(Rule.id)).all()


def _to_replay(in_force: Sequence[Rule]) -> list[Rule]:
    return [rule for rule in in_force if rule.from_beginning and rule.replayed_at is None]


_TO_JUDGE = """
SELECT annotator_id AS id FROM participations
WHERE project_id = %(project)s AND answered > CASE WHEN %(whole)s THEN 0 ELSE judged END
ORDER BY annotator_id
"""
_COUNT = """
SELECT coalesce(sum(answered), 0) AS answers FROM participations WHERE project_id = %(project)s
"""
_STANDING = """
SELECT answered, judged, barred FROM participations
WHERE project_id = %(project)s AND annotator_id = %(annotator)s
"""
_JUDGED = """
UPDATE participations SET judged = %(judged)s
WHERE project_id = %(project)s AND annotator_id = %(annotator)s
"""
_LAST_FIRED = """
SELECT DISTINCT ON (rule_id) rule_id, answer_id FROM actions
WHERE annotator_id = %(annotator)s AND project_id = %(project)s AND rule_id IS NOT NULL
ORDER BY rule_id, answer_id DESC
"""
# the oldest of as many answers as a rule wants lies outside the days it looks at, and it has not
# acted since the newest
_IDLE = """
SELECT DISTINCT w.project_id, w.annotator_id
FROM rules r
JOIN participations w ON w.project_id = r.project_id
CROSS JOIN LATERAL (
    SELECT min(a.submitted_at) AS since, max(a.submitted_at) AS newest_at FROM (
        SELECT submitted_at FROM answers
        WHERE annotator_id = w.annotator_id AND project_id = w.project_id
        ORDER BY id DESC LIMIT ceil(r.below)
    ) a
) last
WHERE r.collector = 'activity' AND r.retired_at IS NULL AND NOT w.barred
  AND w.answered >= r.least AND last.since < now() - make_interval(days => r.span)
  AND NOT EXISTS (
      SELECT FROM actions c
      WHERE c.rule_id = r.id AND c.annotator_id = w.annotator_id AND c.created_at > last.newest_at
  )
"""
_OWNER = "SELECT tenant_id FROM projects WHERE id = %(project)s"
# what others had said before: those of lower numbers, which were there when this one came; what has
# been taken out of account speaks against nobody
_ANSWERS = f"""
SELECT a.id, a.submitted_at, a.time_spent_s, {same("a.label", "g.label")} AS is_right,
       p.peers, p.agreeing,
       coalesce(lead(a.submitted_at) OVER (ORDER BY a.id), clock_timestamp())
FROM (
    SELECT id, task_id, number, label, submitted_at, time_spent_s FROM answers
    WHERE annotator_id = %(annotator)s AND project_id = %(project)s ORDER BY id DESC LIMIT %(most)s
) a
LEFT JOIN gold g ON {each("g.task_id", "a.task_id")} AND g.retired_at IS NULL
CROSS JOIN LATERAL (
    SELECT count(*) AS peers, count(*) FILTER (WHERE {same("o.label", "a.label")}) AS agreeing
    FROM answers o WHERE o.task_id = a.task_id AND o.number < a.number
      AND NOT EXISTS (SELECT FROM excluded_answers e WHERE e.answer_id = o.id)
) p
ORDER BY a.id
"""
