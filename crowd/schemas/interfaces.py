"""How items and labels are shown to annotators, and which numbers they may give."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from crowd.schemas.fields import LABEL, NAME, Body, one_of

TITLE = validate.Length(max=200)


class ShownFieldIn(Body):
    """A field of the payload, and how it is shown."""

    field = fields.String(required=True, validate=NAME)
    kind = fields.String(
        required=True,
        validate=one_of("text", "image", "audio", "video", "link", "hidden"),
        metadata={"description": "media and links are http(s) addresses; anything else is text"},
    )
    title = fields.String(load_default="", validate=TITLE)


class ShownLabelIn(Body):
    """How a label is shown, and by which key it is given."""

    label = fields.String(required=True, validate=LABEL)
    title = fields.String(load_default="", validate=TITLE)
    hint = fields.String(load_default="", validate=validate.Length(max=500))
    key = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(re.compile(r"[a-z0-9]\Z"), error="One letter or digit, as a."),
        metadata={"description": "null: its place, from 1 to 9, where that is free"},
    )


class InterfaceIn(Body):
    """How items are shown to annotators; without a word, by what their payloads look like."""

    instructions = fields.String(validate=validate.Length(max=2000))
    show = fields.List(
        fields.Nested(ShownFieldIn),
        validate=validate.Length(max=50),
        metadata={"description": "these fields of the payload, in this order; none: all"},
    )
    labels = fields.List(fields.Nested(ShownLabelIn), validate=validate.Length(max=200))
    unsure = fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": "annotators may say so"}
    )
    comment = fields.Boolean(
        truthy={True}, falsy={False}, metadata={"description": "annotators may write one"}
    )


class NumberIn(Body):
    """The range of a number that is asked for."""

    minimum = fields.Float(required=True, validate=validate.Range(-1e12, 1e12))
    maximum = fields.Float(required=True, validate=validate.Range(-1e12, 1e12))
    step = fields.Float(
        load_default=None, allow_none=True, validate=validate.Range(0, min_inclusive=False)
    )
    unit = fields.String(load_default="", validate=validate.Length(max=50))
    tolerance = fields.Float(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0, min_inclusive=False),
        metadata={"description": "errors that do no harm; null: a twentieth of the range"},
    )

    @validates_schema
    def _is_a_range(self, body: dict[str, Any], **kwargs: Any) -> None:
        low, high = body["minimum"], body["maximum"]
        # its steps have to have names of their own
        if not high - low > 1e-6 * max(abs(low), abs(high)):
            raise ValidationError({"maximum": ["Must be above the minimum, and not by a hair."]})
