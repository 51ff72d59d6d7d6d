"""What a requester pays an annotator beside the price."""

from __future__ import annotations

import uuid
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.errors import BonusKeyReused, Invalid, NotFound
from crowd.models import Bonus
from crowd.services import audit, participations, projects, transfers
from crowd.services.tenants import Caller
from crowd.services.transfers import Move


def grant(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    annotator_id: uuid.UUID,
    amount: Decimal,
    currency: str,
    reason: str,
    key: str,
) -> Bonus:
    """Pay an annotator who took part; the same bonus sent again is paid once.

    Raises NotFound, Invalid for another currency than the project's, BonusKeyReused.
    """
    spoken = projects.find(session, caller, project_id).config.currency
    if currency != spoken:
        has = f"pays in {spoken}" if spoken else "has no currency: set it first"
        raise Invalid(f"The project {has}.", errors={"currency": [f"the project {has}"]})
    if not participations.lock(session, project_id, annotator_id):
        raise NotFound("No such annotator has taken part in the project.")
    what = {
        "annotator_id": annotator_id,
        "amount": amount,
        "currency": currency,
        "reason": reason,
    }
    row = {"id": new_id(), "project_id": project_id, "key": key, "api_key_id": caller.key_id}
    new = insert(Bonus).values(**row, **what).on_conflict_do_nothing().returning(Bonus.id)
    is_new = session.scalar(new) is not None
    bonus = session.scalars(select(Bonus).filter_by(project_id=project_id, key=key)).one()
    if not is_new:
        return _the_same(bonus, what)
    transfers.post(session, [_move(bonus)])
    audit.note(session, caller, "bonus.granted", bonus.id, amount=amount, currency=currency)
    return bonus


def _the_same(bonus: Bonus, what: dict[str, object]) -> Bonus:
    others = [name for name, value in what.items() if getattr(bonus, name) != value]
    if others:
        raise BonusKeyReused(
            f"Another bonus was paid under the key {bonus.key!r}: {', '.join(others)} differ.",
            errors={name: ["another one under this key"] for name in others},
        )
    return bonus


def _move(bonus: Bonus) -> Move:
    return Move(
        id=new_id(),
        project_id=bonus.project_id,
        annotator_id=bonus.annotator_id,
        kind="bonus",
        from_account="project",
        to_account="earned",
        amount=f"{bonus.amount:f}",
        currency=bonus.currency,
        bonus_id=bonus.id,
    )
