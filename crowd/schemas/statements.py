"""What was earned and is owed."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from crowd.schemas.fields import CURRENCY, Cursor, Money, PageArgs

#: An amount that may be below nothing.
SIGNED = r"^-?[0-9]+(\.[0-9]+)?$"


class StatementArgs(PageArgs):
    since = fields.AwareDateTime(data_key="from", load_default=None, default_timezone=UTC)
    until = fields.AwareDateTime(
        data_key="to",
        load_default=None,
        default_timezone=UTC,
        metadata={"description": "what happened at that moment is left out"},
    )
    project_id = fields.UUID(load_default=None)
    currency = fields.String(load_default=None, validate=CURRENCY)

    @validates_schema
    def _in_order(self, args: dict[str, Any], **kwargs: Any) -> None:
        if args["since"] and args["until"] and args["until"] <= args["since"]:
            raise ValidationError("Not after `from`.", "to")


class SumsOut(Schema):
    """Amounts in one currency; `held` is of now, the others of the time asked for."""

    currency = fields.String()
    held = Money(metadata={"description": "now, for leases and answers that wait for a review"})
    earned = Money()
    reversed = Money()
    bonuses = Money()
    owed = Money(
        metadata={
            "description": "earned - reversed + bonuses: below nothing where what is taken back "
            "was earned before",
            "pattern": SIGNED,
        }
    )
    answers = fields.Integer(metadata={"description": "paid for, without those reversed"})
    labels = fields.Integer(
        allow_none=True, metadata={"description": "resolved tasks now; for a requester only"}
    )
    cost_per_label = Money(
        allow_none=True,
        metadata={"description": "`owed` by `labels`; for a requester only", "pattern": SIGNED},
    )


class LineOut(SumsOut):
    """One annotator of a marketplace, or one project of a requester, in one currency."""

    id = fields.UUID(metadata={"description": "the annotator's, or the project's"})
    name = fields.String(
        allow_none=True,
        metadata={
            "description": "your own name for the annotator, null once erased; or the project's"
        },
    )


class StatementOut(Schema):
    items = fields.List(fields.Nested(LineOut), required=True)
    totals = fields.List(
        fields.Nested(SumsOut),
        required=True,
        allow_none=True,
        metadata={"description": "by currency, over all pages; null after the first page"},
    )
    next_cursor = Cursor(attribute="next_after", required=True, allow_none=True)
