"""Rows of the ledger."""

from __future__ import annotations

from marshmallow import Schema, fields

from crowd.schemas.fields import Money, PageArgs, one_of, page_of


class TransferOut(Schema):
    id = fields.UUID()
    kind = fields.String(metadata={"enum": ["hold", "release", "earn", "reverse", "bonus"]})
    from_account = fields.String(data_key="from", metadata={"enum": ["project", "held", "earned"]})
    to_account = fields.String(data_key="to", metadata={"enum": ["project", "held", "earned"]})
    amount = Money()
    currency = fields.String()
    annotator_id = fields.UUID()
    assignment_id = fields.UUID(allow_none=True)
    bonus_id = fields.UUID(allow_none=True)
    closes_id = fields.UUID(allow_none=True, metadata={"description": "the hold that it ends"})
    reverses_id = fields.UUID(
        allow_none=True, metadata={"description": "the earning that it takes back"}
    )
    created_at = fields.AwareDateTime()


class TransferListArgs(PageArgs):
    kind = fields.String(
        load_default=None, validate=one_of("hold", "release", "earn", "reverse", "bonus")
    )
    annotator_id = fields.UUID(load_default=None)


TransferPage = page_of(TransferOut)
