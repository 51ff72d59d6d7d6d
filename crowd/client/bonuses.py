"""Bonuses: what is paid beside the price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Bonus:
    id: str
    project_id: str
    annotator_id: str
    amount: Decimal
    currency: str
    reason: str
    #: Your own name for it.
    key: str
    created_at: datetime


class Bonuses:
    """What is paid beside the price."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def grant(
        self,
        project_id: str,
        annotator_id: str,
        amount: Decimal | str,
        currency: str,
        *,
        reason: str,
        key: str,
    ) -> Bonus:
        """Pay an annotator who took part; under one key a bonus is paid once.

        Raises NotFound, Invalid, BonusKeyReused.
        """
        body = {
            "annotator_id": annotator_id,
            "amount": f"{Decimal(amount):f}",
            "currency": currency,
            "reason": reason,
            "key": key,
        }
        return read(Bonus, self._api.post(f"/projects/{project_id}/bonuses", body))
