"""Lines that an import, and annotators that a bulk act, has left out, and what was wrong."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.db import sessions
from crowd.models import RejectedLine
from crowd.services import operations
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller


def one_page_of(
    session: Session,
    caller: Caller,
    operation_id: uuid.UUID,
    *,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List the lines an import has left out, in the order of the file. Raises NotFound."""
    operations.find(session, caller, operation_id)
    query = select(RejectedLine).filter_by(operation_id=operation_id)
    return one_page(session, query, RejectedLine.id, after=after, limit=limit)


def as_csv(operation_id: uuid.UUID) -> Iterator[bytes]:
    """Write the lines an import has left out as CSV, a page in each transaction."""
    yield b"line,field,problem\n"
    after: uuid.UUID | None = None
    query = select(RejectedLine).filter_by(operation_id=operation_id)
    while True:
        with sessions() as session:
            page = one_page(session, query, RejectedLine.id, after=after, limit=1000)
        written = io.StringIO()
        csv.writer(written).writerows((bad.line, bad.field, bad.problem) for bad in page.items)
        yield written.getvalue().encode()
        if (after := page.next_after) is None:
            return
