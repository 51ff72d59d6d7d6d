"""One page of a list, in the order of ids: by time of creation."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select
from sqlalchemy.orm import InstrumentedAttribute, Session


@dataclass(frozen=True, slots=True)
class Page:
    items: Sequence[Any]
    #: Where the next page starts; None at the end.
    next_after: uuid.UUID | None


def one_page(
    session: Session,
    query: Select[*tuple[Any, ...]],
    key: InstrumentedAttribute[uuid.UUID],
    *,
    after: uuid.UUID | None,
    limit: int,
    newest_first: bool = False,
) -> Page:
    """Read up to `limit` rows whose key follows `after`; the cost does not grow with the list."""
    if after is not None:
        query = query.where(key < after if newest_first else key > after)
    rows: Sequence[Row[*tuple[Any, ...]]] = session.execute(
        query.add_columns(key.label("_key"))
        .order_by(key.desc() if newest_first else key)
        .limit(limit + 1)
    ).all()
    single = len(query.column_descriptions) == 1
    items = [row[0] if single else row for row in rows[:limit]]
    return Page(items, rows[limit - 1]._key if len(rows) > limit else None)
