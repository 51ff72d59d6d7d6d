"""Fields and bases that the schemas share."""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from decimal import Decimal
from typing import Any

import orjson
from marshmallow import Schema, ValidationError, fields, validate

#: Names that clients choose.
NAME = validate.Length(min=1, max=200)
LABEL = validate.Length(min=1, max=200)
#: A label, or a set of them as text.
ANSWER = validate.Length(min=1, max=10_000)
#: ISO 4217.
CURRENCY = validate.Regexp(re.compile(r"[A-Z]{3}\Z"), error="Three capital letters, as EUR.")
#: No price and no bonus is higher.
MOST_PAID = Decimal(10_000)


class Body(Schema):
    """What a client sends: a field that is not known is an error, not ignored."""


class Cursor(fields.Field[uuid.UUID]):
    """Where a page starts: opaque to the client, an id to the services."""

    default_error_messages = {"invalid": "Not a cursor. Use next_cursor of an earlier page."}  # noqa: RUF012

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return base64.urlsafe_b64encode(value.bytes).rstrip(b"=").decode()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> uuid.UUID:
        try:
            padded = str(value).encode("ascii") + b"=="
            return uuid.UUID(bytes=base64.b64decode(padded, altchars=b"-_", validate=True))
        except (binascii.Error, ValueError):
            raise self.make_error("invalid") from None


class Json(fields.Raw):
    """JSON text that passes through as it is."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else orjson.Fragment(value)


def reference_of(task_id: uuid.UUID) -> str:
    """Name a task as a marketplace may know it: always the same, and silent on when it came in."""
    return str(uuid.uuid5(task_id, "task"))


class Reference(fields.UUID):
    """A task's reference, made of its id."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else reference_of(value)


class Money(fields.String):
    """An exact amount: JSON has it as a string, for many readers round numbers."""

    default_error_messages = {  # noqa: RUF012
        "invalid": 'Not an amount: a string as "0.05", not negative, at most 6 decimals.'
    }
    _AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]{1,6})?")

    def __init__(self, **options: Any) -> None:
        described = {"pattern": f"^{self._AMOUNT.pattern}$", **options.pop("metadata", {})}
        super().__init__(metadata=described, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else f"{value.normalize():f}"

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        if not isinstance(value, str) or not self._AMOUNT.fullmatch(value):
            raise self.make_error("invalid")
        return Decimal(value)


def payable(amount: Decimal) -> None:
    """Refuse more than any price or bonus may be."""
    if amount > MOST_PAID:
        raise ValidationError(f"More than {MOST_PAID}.")


def above_nothing(amount: Decimal) -> None:
    """Refuse an amount of nothing."""
    if not amount:
        raise ValidationError("Must be more than 0.")


class PageArgs(Body):
    """Which page of a list."""

    after = Cursor(
        data_key="cursor", load_default=None, metadata={"description": "next_cursor of a page"}
    )
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))


def page_of(item: type[Schema]) -> type[Schema]:
    """Make the schema of a page of items."""
    return Schema.from_dict(
        {
            "items": fields.List(fields.Nested(item), required=True),
            "next_cursor": Cursor(attribute="next_after", required=True, allow_none=True),
        },
        name=item.__name__.removesuffix("Out") + "Page",
    )


def one_of(*choices: str) -> validate.OneOf:
    """Allow a fixed set of words, and say which."""
    return validate.OneOf(choices, error="Must be one of: {choices}.")
