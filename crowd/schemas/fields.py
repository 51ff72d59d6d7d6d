"""Fields and bases that the schemas share."""

from __future__ import annotations

import base64
import binascii
import uuid
from typing import Any

import orjson
from marshmallow import Schema, fields, validate

#: Names that clients choose.
NAME = validate.Length(min=1, max=200)
LABEL = validate.Length(min=1, max=200)


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
