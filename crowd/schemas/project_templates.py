"""Templates of projects."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.configs import ConfigIn
from crowd.schemas.fields import NAME, Body, one_of


class PayloadFieldOut(Schema):
    field = fields.String()
    kind = fields.String(metadata={"enum": ["text", "image", "audio", "video", "link"]})
    title = fields.String()


class TemplateOut(Schema):
    """A project to begin with."""

    name = fields.String()
    title = fields.String()
    purpose = fields.String()
    question = fields.String()
    labels = fields.List(fields.String())
    config = fields.Dict(
        metadata={"description": "where it differs from what a project is otherwise"}
    )
    reasons = fields.Dict(
        keys=fields.String(), values=fields.String(), metadata={"description": "why, by field"}
    )
    fields_ = fields.List(
        fields.Nested(PayloadFieldOut),
        data_key="fields",
        attribute="fields",
        metadata={"description": "what its items have in their payload"},
    )


class TemplateListOut(Schema):
    items = fields.List(fields.Nested(TemplateOut))


class TemplateDetailOut(TemplateOut):
    guideline = fields.String(metadata={"description": "a guideline to start from, in Markdown"})
    samples = fields.List(
        fields.Dict(), metadata={"description": "ten items to try it on, as lines of an import"}
    )


class TemplateProjectIn(ConfigIn):
    """What is to be otherwise than in the template."""

    name = fields.String(required=True, validate=NAME)
    guideline_body = fields.String(
        load_default=None,
        validate=validate.Length(max=200_000),
        metadata={"description": "without it, the template's; empty: no guideline"},
    )
    samples = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "import the template's ten items"},
    )


def sample_args(names: tuple[str, ...]) -> type[Schema]:
    """Make the schema of a request for sample items, given the templates there are."""
    template = fields.String(required=True, validate=one_of(*names))
    return Body.from_dict({"template": template}, name="SampleTasksIn")
