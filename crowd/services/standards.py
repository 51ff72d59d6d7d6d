"""Standards: qualifications that follow from skill, gained and lost with each fit.

Gaining asks that an annotator is surely good, losing that it surely is not: in between, what is
held is kept, so that nobody comes and goes with every fit.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.errors import DuplicateName, Invalid, NotFound
from crowd.models import Qualification, Standard, Tenant
from crowd.services import audit, projects, qualifications, tenants
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


@dataclass(frozen=True, slots=True)
class StandardView:
    """A standard, and how many annotators hold its qualification by it."""

    standard: Standard
    held_by: int


def create(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    qualification: str,
    reach: float,
    keep: float | None = None,
    **least: int,
) -> StandardView:
    """Have a qualification follow from skill in a project, from its newest fit on.

    `keep` is `reach` where it is not said. Raises NotFound, Invalid, and DuplicateName where the
    qualification follows from another standard.
    """
    projects.find(session, caller, project_id)
    if keep is not None and keep > reach:
        raise Invalid(
            "What is enough to gain it has to be enough to keep it.",
            errors={"keep": [f"greater than reach ({reach:g})"]},
        )
    standard = Standard(
        tenant_id=caller.tenant_id,
        project_id=project_id,
        qualification=qualification,
        reach=reach,
        keep=reach if keep is None else keep,
        api_key_id=caller.key_id,
        **least,
    )
    try:
        with session.begin_nested():
            session.add(standard)
    except IntegrityError:
        raise DuplicateName(
            f"{qualification!r} follows from another standard of yours. Retire that first."
        ) from None
    said = {"qualification": qualification, "reach": reach, "keep": standard.keep, **least}
    audit.note(session, caller, "standard.created", standard.id, **said)
    derive(session, project_id)
    return _with_holders(session, [standard])[0]


def retire(session: Session, caller: Caller, standard_id: uuid.UUID) -> None:
    """End a standard; the qualifications that follow from it end with it. Raises NotFound."""
    standard = session.get(Standard, standard_id, with_for_update=True, populate_existing=True)
    if standard is None or standard.retired_at is not None:
        raise NotFound("There is no such standard in force.")
    projects.find(session, caller, standard.project_id)
    standard.retired_at = session.scalars(select(func.now())).one()
    session.flush()
    audit.note(session, caller, "standard.retired", standard_id)
    gone = rows(session, _END, standard=standard_id)
    who = [row.annotator_id for row in gone]
    said = {"name": standard.qualification, "standard_id": str(standard_id)}
    qualifications.tell(session, caller, who, "revoked", **said)


def derive(session: Session, project_id: uuid.UUID) -> None:
    """Let qualifications follow from what a project's newest run says of its annotators.

    Whoever the run does not know, for its answers do not count any more, loses what it had.
    """
    if not rows(session, _LOCK, project=project_id):
        return
    for verb, statement in (("granted", _GAIN), ("revoked", _LOSE)):
        changed = defaultdict(list)
        for row in rows(session, statement, project=project_id):
            changed[row.tenant_id, row.name, row.standard_id, row.run].append(row.annotator_id)
        for (tenant_id, name, standard_id, run), who in changed.items():
            requester = tenants.operator_of(session.get_one(Tenant, tenant_id))
            said = {"name": name, "standard_id": str(standard_id), "run": run}
            qualifications.tell(session, requester, who, verb, **said)


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    retired: bool,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List a project's standards in force, or those retired, as `StandardView`. Raises NotFound."""
    projects.find(session, caller, project_id)
    query = select(Standard).where(Standard.project_id == project_id)
    is_over = Standard.retired_at.is_not(None)
    query = query.where(is_over if retired else ~is_over)
    page = one_page(session, query, Standard.id, after=after, limit=limit)
    return Page(_with_holders(session, page.items), page.next_after)


def _with_holders(session: Session, standards: Sequence[Any]) -> list[StandardView]:
    query = (
        select(Qualification.standard_id, func.count().label("number"))
        .where(Qualification.standard_id.in_([one.id for one in standards]))
        .group_by(Qualification.standard_id)
    )
    held = {row.standard_id: row.number for row in session.execute(query)}
    return [StandardView(one, held.get(one.id, 0)) for one in standards]


# two fits take turns, and the later one reads the newest run
_LOCK = """
SELECT FROM standards WHERE project_id = %(project)s AND retired_at IS NULL
ORDER BY id FOR NO KEY UPDATE
"""
_GAIN = """
WITH gained AS (
    INSERT INTO qualifications (tenant_id, name, annotator_id, origin, standard_id)
    SELECT t.tenant_id, t.qualification, s.annotator_id, 'derived', t.id
    FROM standards t
    JOIN projects p ON p.id = t.project_id
    JOIN skills s ON s.project_id = p.id AND s.run_number = p.run_number
    JOIN annotators a ON a.id = s.annotator_id AND a.kind = 'human'
    WHERE t.project_id = %(project)s AND t.retired_at IS NULL
      AND s.accuracy_low >= t.reach
      AND s.answers >= t.least_answers AND s.gold_seen >= t.least_gold
    ORDER BY t.id, s.annotator_id
    ON CONFLICT DO NOTHING
    RETURNING tenant_id, name, annotator_id, standard_id
)
SELECT g.*, p.run_number AS run FROM gained g CROSS JOIN projects p WHERE p.id = %(project)s
"""
_LOSE = """
DELETE FROM qualifications q USING standards t, projects p
WHERE q.standard_id = t.id AND p.id = t.project_id
  AND t.project_id = %(project)s AND t.retired_at IS NULL
  AND NOT EXISTS (
    SELECT FROM skills s
    WHERE s.project_id = p.id AND s.run_number = p.run_number
      AND s.annotator_id = q.annotator_id AND s.accuracy_high >= t.keep
)
RETURNING q.tenant_id, q.name, q.annotator_id, q.standard_id, p.run_number AS run
"""
_END = "DELETE FROM qualifications WHERE standard_id = %(standard)s RETURNING annotator_id"
