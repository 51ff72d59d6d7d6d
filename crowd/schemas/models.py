"""Machine-learning models, and what they predict."""

from __future__ import annotations

import math
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from crowd.schemas.fields import LABEL, NAME, Body

SHARE = validate.Range(0, 1)


class PredictionIn(Body):
    """What the model says of a task: a label, or how probable it holds each label to be."""

    task = fields.String(required=True, validate=NAME, metadata={"description": "its external_id"})
    label = fields.String(validate=LABEL)
    confidence = fields.Float(
        load_default=None,
        allow_none=True,
        validate=SHARE,
        metadata={"description": "how probable the model holds its label to be; null: not said"},
    )
    probabilities = fields.Dict(
        keys=fields.String(validate=LABEL),
        values=fields.Float(required=True, validate=SHARE),
        validate=validate.Length(1, 200),
        metadata={"description": "instead of both: the most probable label is the prediction"},
    )

    @validates_schema
    def _one_or_the_other(self, body: dict[str, Any], **_: Any) -> None:
        if ("label" in body) == ("probabilities" in body):
            raise ValidationError("Give either label or probabilities.", "label")
        if "probabilities" in body:
            _check(body["probabilities"])
            if body.get("confidence") is not None:
                raise ValidationError("Not beside probabilities.", "confidence")

    @post_load
    def _most_probable(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        if (shares := body.pop("probabilities", None)) is not None:
            body["label"], body["confidence"] = max(shares.items(), key=lambda item: item[1])
        return body


def _check(shares: dict[str, float]) -> None:
    if not math.isclose(math.fsum(shares.values()), 1, abs_tol=0.01):
        raise ValidationError("Must add up to 1.", "probabilities")
    if len(shares) > 1 and len({*sorted(shares.values())[-2:]}) == 1:
        raise ValidationError("Two labels are the most probable.", "probabilities")


class PredictionsIn(Body):
    predictions = fields.List(
        fields.Nested(PredictionIn), required=True, validate=validate.Length(1, 5000)
    )


class PredictionsOut(Schema):
    received = fields.Integer()
    created = fields.Integer(
        metadata={"description": "the others had been there before, just the same"}
    )


class ModelOut(Schema):
    """A model, and what the newest run says of it; null where it says nothing."""

    annotator_id = fields.UUID()
    name = fields.String()
    created_at = fields.AwareDateTime()
    retired_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "since then its predictions count for nothing"}
    )
    endpoint = fields.String(
        allow_none=True, metadata={"description": "where it is asked; null: predictions are sent"}
    )
    failures = fields.Integer(
        metadata={"description": "times in a row that it gave nothing of use when asked"}
    )
    last_error = fields.String(allow_none=True)
    predictions = fields.Integer()
    accuracy = fields.Float(allow_none=True)
    accuracy_low = fields.Float(allow_none=True)
    accuracy_high = fields.Float(allow_none=True)
    judged_on = fields.Integer(
        allow_none=True,
        metadata={"description": "predictions held against people's answers, or against gold"},
    )
    labels = fields.List(fields.String(), allow_none=True)
    confusion = fields.List(
        fields.List(fields.Float()),
        allow_none=True,
        metadata={"description": "how often which label is predicted; a row for each true label"},
    )
    is_listened_to = fields.Boolean(
        metadata={"description": "it tells enough for its predictions to count, where any may"}
    )


class ModelEndpointIn(Body):
    url = fields.String(required=True, validate=validate.Length(min=1, max=2000))


class ModelEndpointOut(Schema):
    url = fields.String(attribute="endpoint")
    secret = fields.String(metadata={"description": "shown this once; verify signatures with it"})


class ModelListOut(Schema):
    items = fields.List(fields.Nested(ModelOut))
