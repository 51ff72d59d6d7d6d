"""How items and labels are shown to annotators."""

from __future__ import annotations

import re

from marshmallow import fields, validate

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
