"""The ledger: what is held for leases, earned by answers, released and taken back.

Every transfer is written in the commit of what it follows from, and with it the balances that
stand beside it in `participations`. Whoever writes one has locked the annotator's participation.
What goes with every lease and answer is a part of the statement that stores those.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.db import each, new_id, rows
from crowd.errors import NotFound
from crowd.models import Transfer
from crowd.services import projects
from crowd.services.configs import Terms
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer that is about to be made."""

    id: uuid.UUID
    project_id: uuid.UUID
    annotator_id: uuid.UUID
    kind: str
    from_account: str
    to_account: str
    amount: str
    currency: str
    assignment_id: uuid.UUID | None = None
    closes_id: uuid.UUID | None = None
    reverses_id: uuid.UUID | None = None
    bonus_id: uuid.UUID | None = None


def post(session: Session, moves: Sequence[Move]) -> None:
    """Write some transfers and move the balances by them."""
    if moves:
        rows(session, _POST, moves=orjson.dumps(moves).decode())


def closing(hold: Any, *, earned: bool) -> Move:
    """End a hold: it is earned, or it is free again."""
    kind, to_account = ("earn", "earned") if earned else ("release", "project")
    return _beside(hold, kind, "held", to_account, closes_id=hold.id)


def reversing(earning: Any) -> Move:
    """Take an earning back."""
    return _beside(earning, "reverse", "earned", "project", reverses_id=earning.id)


def anew(answer: Any, terms: Terms) -> Move:
    """Pay for an answer for which nothing is held any more, or hold its price: by its `account`."""
    return Move(
        id=new_id(),
        project_id=answer.project_id,
        annotator_id=answer.annotator_id,
        kind="earn" if answer.account == "earned" else "hold",
        from_account="project",
        to_account=answer.account,
        amount=f"{terms.price:f}",
        currency=terms.currency or "",
        assignment_id=answer.assignment_id,
    )


def _beside(other: Any, kind: str, source: str, target: str, **why: Any) -> Move:
    return Move(
        id=new_id(),
        project_id=other.project_id,
        annotator_id=other.annotator_id,
        kind=kind,
        from_account=source,
        to_account=target,
        amount=f"{other.amount:f}",
        currency=other.currency,
        assignment_id=other.assignment_id,
        **why,
    )


def of_assignments(session: Session, ids: Sequence[uuid.UUID]) -> Mapping[uuid.UUID, Sequence[Any]]:
    """Read the rows of what has been moved for some assignments, in the order of time."""
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for transfer in rows(session, _OF_ASSIGNMENTS, ids=ids):
        found[transfer.assignment_id].append(transfer)
    return found


def open_hold(history: Sequence[Any]) -> Any:
    """Find the hold of an assignment that nothing has closed yet; None where there is none."""
    closed = {transfer.closes_id for transfer in history}
    return next((t for t in history if t.kind == "hold" and t.id not in closed), None)


def standing_earning(history: Sequence[Any]) -> Any:
    """Find the earning of an assignment that nothing has reversed yet; None: there is none."""
    reverted = {transfer.reverses_id for transfer in history}
    return next((t for t in history if t.kind == "earn" and t.id not in reverted), None)


def one_page_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    kind: str | None,
    annotator_id: uuid.UUID | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List a project's transfers for its requester, the oldest first. Raises NotFound."""
    # a marketplace the project is open to must not see what others earn
    if projects.find(session, caller, project_id).project.tenant_id != caller.tenant_id:
        raise NotFound("There is no such project of yours.")
    query = select(Transfer).where(Transfer.project_id == project_id)
    if kind is not None:
        query = query.where(Transfer.kind == kind)
    if annotator_id is not None:
        query = query.where(Transfer.annotator_id == annotator_id)
    return one_page(session, query, Transfer.id, after=after, limit=limit)


def terms_of_holds(terms: Terms, count: int) -> dict[str, Any]:
    """Say what `hold` needs to know; nothing where nothing is paid."""
    if not terms.pays:
        return {}
    ids = [new_id() for _ in range(count)]
    return {"price": terms.price, "currency": terms.currency, "transfer_ids": ids}


def priced(answers: Sequence[Any], terms: Sequence[Terms]) -> list[dict[str, Any]]:
    """Add to answers what `SETTLE` needs to know of their prices."""
    return [
        {
            **asdict(answer),
            "price": f"{its.price:f}" if its.pays else None,
            "currency": its.currency,
            "review_seconds": its.review_seconds,
            "hold_id": new_id(),
            "earn_id": new_id(),
        }
        for answer, its in zip(answers, terms, strict=True)
    ]


def hold(source: str) -> str:
    """Write the part of a statement that holds the price for each assignment of `source`."""
    return f"""reserved AS (
    INSERT INTO transfers (id, project_id, annotator_id, assignment_id, kind, from_account,
                           to_account, amount, currency)
    SELECT (%(transfer_ids)s::uuid[])[row_number() OVER ()], %(project)s, %(annotator)s, id,
           'hold', 'project', 'held', %(price)s::numeric, %(currency)s
    FROM {source}
)"""


def release(source: str) -> str:
    """Write the part of a statement that ends the holds of the assignments of `source`."""
    return f"""released AS (
    INSERT INTO transfers (id, project_id, annotator_id, assignment_id, kind, from_account,
                           to_account, amount, currency, closes_id)
    SELECT (%(transfer_ids)s::uuid[])[row_number() OVER ()], h.project_id, h.annotator_id,
           h.assignment_id, 'release', 'held', 'project', h.amount, h.currency, h.id
    FROM {source} s {_ITS_OPEN_HOLD.format(assignment="s.id")}
    RETURNING project_id, annotator_id, amount
)"""


#: The columns by which `priced` adds to an answer.
PRICED_COLUMNS = ", price numeric, currency text, review_seconds int, hold_id uuid, earn_id uuid"
#: How participations `p` are moved by what `SETTLE` leaves behind.
BALANCES = "".join(
    f""",
        {account} = p.{account} + coalesce((
            SELECT s.{account} FROM settled s
            WHERE s.project_id = p.project_id AND s.annotator_id = p.annotator_id
        ), 0)"""
    for account in ("held", "earned")
)
#: How participations `p` are moved by what `release` leaves behind.
RELEASED = """held = p.held - coalesce((
        SELECT sum(r.amount) FROM released r
        WHERE r.project_id = p.project_id AND r.annotator_id = p.annotator_id
    ), 0)"""
# one row for each assignment that has a hold which nothing has closed; found by the assignment
_ITS_OPEN_HOLD = f"""CROSS JOIN LATERAL (
        SELECT h.* FROM transfers h
        WHERE {each("h.assignment_id", "{assignment}")} AND (h.kind = 'hold') IS TRUE
          AND NOT EXISTS (SELECT FROM transfers c WHERE {each("c.closes_id", "h.id")} OFFSET 0)
    ) h"""
#: The part of a statement that pays the answers of `given`, made by `priced`, or awaits reviews.
#: A late answer has no hold any more: it makes one first. `settled`: what balances move by.
SETTLE = f"""made_late AS (
    INSERT INTO transfers (id, project_id, annotator_id, assignment_id, kind, from_account,
                           to_account, amount, currency)
    SELECT hold_id, project_id, annotator_id, assignment_id, 'hold', 'project', 'held',
           price, currency
    FROM given WHERE price > 0 AND late
    RETURNING id, project_id, annotator_id, assignment_id, amount, currency
),
holds AS (
    SELECT * FROM made_late
    UNION ALL
    SELECT h.id, h.project_id, h.annotator_id, h.assignment_id, h.amount, h.currency
    FROM given s {_ITS_OPEN_HOLD.format(assignment="s.assignment_id")}
    WHERE s.price > 0 AND NOT s.late
),
paid AS (
    INSERT INTO transfers (id, project_id, annotator_id, assignment_id, kind, from_account,
                           to_account, amount, currency, closes_id)
    SELECT s.earn_id, h.project_id, h.annotator_id, h.assignment_id, 'earn', 'held', 'earned',
           h.amount, h.currency, h.id
    FROM given s JOIN holds h ON h.assignment_id = s.assignment_id WHERE s.review_seconds = 0
    RETURNING project_id, annotator_id, amount
),
awaited AS (
    INSERT INTO awaited_reviews (answer_id, due_at)
    SELECT id, submitted_at + make_interval(secs => review_seconds)
    FROM given WHERE price > 0 AND review_seconds > 0
),
settled AS (
    SELECT project_id, annotator_id, sum(held) AS held, sum(earned) AS earned
    FROM (
        SELECT project_id, annotator_id, amount AS held, 0 AS earned FROM made_late
        UNION ALL
        SELECT project_id, annotator_id, -amount, amount FROM paid
    ) moved
    GROUP BY project_id, annotator_id
)"""
_OF_ASSIGNMENTS = """
SELECT id, project_id, annotator_id, kind, amount, currency, assignment_id, closes_id, reverses_id
FROM transfers WHERE assignment_id = ANY (%(ids)s::uuid[]) ORDER BY id
"""
_POST = """
WITH moves AS (
    SELECT * FROM json_to_recordset(%(moves)s::json) AS m (
        id uuid, project_id uuid, annotator_id uuid, kind text, from_account text, to_account text,
        amount numeric, currency text, assignment_id uuid, closes_id uuid, reverses_id uuid,
        bonus_id uuid
    )
),
written AS (
    INSERT INTO transfers (id, project_id, annotator_id, kind, from_account, to_account, amount,
                           currency, assignment_id, closes_id, reverses_id, bonus_id)
    SELECT * FROM moves
)
UPDATE participations p SET held = p.held + m.held, earned = p.earned + m.earned
FROM (
    SELECT project_id, annotator_id,
           sum(CASE 'held' WHEN to_account THEN amount WHEN from_account THEN -amount ELSE 0 END)
               AS held,
           sum(CASE 'earned' WHEN to_account THEN amount WHEN from_account THEN -amount ELSE 0 END)
               AS earned
    FROM moves GROUP BY project_id, annotator_id
) m
WHERE p.project_id = m.project_id AND p.annotator_id = m.annotator_id
"""
