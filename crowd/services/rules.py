"""Rules on quality: what is measured of an annotator's last answers, and what is then done.

Trying a rule on the answers of the past goes the same way as putting it in force, and finds the
same.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.errors import Conflict, Invalid, NotFound
from crowd.models import Rule
from crowd.services import actions, audit, judgements, likenesses, projects
from crowd.services.answer_kinds import slack_of
from crowd.services.collectors import COPYING, FINAL, SHARES, Condition, firings
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

#: A rule that keeps more than this share of the annotators from work is taken for a mistake, once
#: so many have answered enough to be judged.
MOST_STOPPED, FEW = 0.5, 5
#: A trial takes some 12 µs an answer; one that looks at more answers is no matter of one request.
MOST_TRIED = 1_000_000
#: The highest limit of a collector that has one: shares, and what fits keep of likeness.
MOST_BELOW = {**dict.fromkeys(SHARES, 1.0), COPYING: likenesses.KEPT_BELOW, "activity": 1000}
#: Actions that keep an annotator from work.
STOPPING = ("pause", "retrain", *FINAL)
#: More than any measure comes to.
ANYTHING = 1e9
#: Rules in force in one project.
MAX_RULES = 50


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have done so far."""

    #: Annotators with answers, and those of them that say enough to be judged by the rule.
    annotators: int
    judged: int
    #: Annotators it would have acted on.
    hit: int
    hits: Sequence[judgements.Hit]


def create(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    allow_many: bool = False,
    **terms: Any,
) -> Rule:
    """Put a rule in force. Raises NotFound, Invalid, Conflict.

    One that would have kept most annotators from work is refused, unless `allow_many`, or where
    there are too many answers to try it on.
    """
    projects.find(session, caller, project_id)
    wish = _checked(session, caller, project_id, terms)
    in_force = select(func.count()).select_from(Rule).filter_by(project_id=project_id)
    if (session.scalar(in_force.where(Rule.retired_at.is_(None))) or 0) >= MAX_RULES:
        raise Conflict(f"A project has {MAX_RULES} rules at the most. Retire one first.")
    is_doubtful = wish.action in STOPPING and not allow_many
    if is_doubtful and judgements.answers_in(session, project_id) <= MOST_TRIED:
        _refuse_stopping_most(_tried(session, project_id, wish))
    # not the transaction's beginning: what came in since is older than the rule
    made_at: datetime = session.scalars(select(func.clock_timestamp())).one()
    rule = Rule(project_id=project_id, api_key_id=caller.key_id, created_at=made_at, **terms)
    session.add(rule)
    session.flush()
    audit.note(session, caller, "rule.created", rule.id, terms=terms)
    return rule


def retire(session: Session, caller: Caller, rule_id: uuid.UUID) -> None:
    """End a rule. What it has done stays in force. Raises NotFound."""
    rule = session.get(Rule, rule_id, with_for_update=True, populate_existing=True)
    if rule is None or rule.retired_at is not None:
        raise NotFound("There is no such rule in force.")
    projects.find(session, caller, rule.project_id)
    rule.retired_at = session.scalars(select(func.now())).one()
    audit.note(session, caller, "rule.retired", rule_id)


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    retired: bool,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List a project's rules in force, or those retired, in the order in which they are judged."""
    projects.find(session, caller, project_id)
    query = select(Rule).where(Rule.project_id == project_id)
    query = query.where(Rule.retired_at.is_not(None) if retired else Rule.retired_at.is_(None))
    return one_page(session, query, Rule.id, after=after, limit=limit)


def dry_run(session: Session, caller: Caller, project_id: uuid.UUID, **terms: Any) -> Trial:
    """Say whom a rule would have hit so far, and why; nothing is done. Raises NotFound, Invalid.

    Conflict where there are more than `MOST_TRIED` answers.
    """
    projects.find(session, caller, project_id)
    if (given := judgements.answers_in(session, project_id)) > MOST_TRIED:
        raise Conflict(f"{given:,} answers are too many to try a rule on, above {MOST_TRIED:,}.")
    return _tried(session, project_id, _checked(session, caller, project_id, terms))


def _checked(
    session: Session, caller: Caller, project_id: uuid.UUID, terms: Mapping[str, Any]
) -> Condition:
    names = ("collector", "span", "least", "below", "sure", "action")
    wish = Condition(**{name: terms[name] for name in names})
    if wish.least > wish.span and wish.collector not in ("activity", COPYING):
        raise Invalid(
            "A rule cannot want more answers than it looks at.",
            errors={"least": [f"greater than span ({wish.span})"]},
        )
    if (most := MOST_BELOW.get(wish.collector)) is not None and wish.below > most:
        raise Invalid(
            f"With the collector {wish.collector} a rule acts below {most:g} at the most.",
            errors={"below": [f"greater than {most:g}"]},
        )
    if wish.collector not in SHARES and wish.sure is not None:
        raise Invalid(
            "Only of a share one can be more or less sure: leave `sure` out.",
            errors={"sure": [f"not with the collector {wish.collector}"]},
        )
    with_action = terms["pause_seconds"], terms.get("training_id")
    actions.check_terms(session, caller, wish.action, *with_action)
    return wish


def _refuse_stopping_most(trial: Trial) -> None:
    if trial.judged >= FEW and trial.hit > MOST_STOPPED * trial.judged:
        raise Invalid(
            f"The rule would have kept {trial.hit} of {trial.judged} annotators from work. Try it "
            "with POST …/rules/dry-run; if you mean it, send allow_many.",
            errors={"below": [f"stops {trial.hit} of {trial.judged} annotators"]},
        )


def _tried(session: Session, project_id: uuid.UUID, rule: Condition) -> Trial:
    if rule.collector == COPYING:
        return _tried_on_pairs(session, project_id, rule)
    everybody = judgements.everybody(session, project_id)
    slack = slack_of(projects.in_force(session, project_id))
    # what acts on whoever can be judged at all
    anyone = replace(rule, below=ANYTHING, sure=None)
    hits: list[judgements.Hit] = []
    judged = 0
    for annotator_id in everybody:
        answers = judgements.answers_of(session, project_id, annotator_id, slack)
        judged += next(firings([anyone], answers), None) is not None
        hits += (judgements.hit(annotator_id, firing) for firing in firings([rule], answers))
    return Trial(len(everybody), judged, len({hit.annotator_id for hit in hits}), hits)


def _tried_on_pairs(session: Session, project_id: uuid.UUID, rule: Condition) -> Trial:
    everybody = judgements.everybody(session, project_id)
    judged = likenesses.comparable(session, project_id, rule.least)
    suspects = likenesses.suspects(session, project_id, rule)
    hits = [judgements.suspected(rule, suspect) for suspect in suspects]
    return Trial(len(everybody), judged, len(hits), hits)
