"""What an annotator is told of its own quality."""

from __future__ import annotations

from marshmallow import Schema, fields

from crowd.schemas.rules import OwnActionOut


class RightnessOut(Schema):
    """How often some answers are right, as far as all answers to their tasks tell."""

    answers = fields.Integer(metadata={"description": "how many answers were compared"})
    accuracy = fields.Float(metadata={"description": "to the percent"})
    accuracy_low = fields.Float(metadata={"description": "of its 95 % interval"})
    accuracy_high = fields.Float()
    until = fields.AwareDateTime(metadata={"description": "when the newest of them was given"})


class ShownExampleOut(Schema):
    payload = fields.Dict()
    label = fields.String(metadata={"description": "what is right"})
    explanation = fields.String()
    said = fields.String(
        allow_none=True,
        metadata={"description": "what the annotator said; null: it did not have it"},
    )


class ConfusionOut(Schema):
    """A label that the annotator takes for another."""

    label = fields.String(metadata={"description": "what is right"})
    given = fields.String(metadata={"description": "what the annotator says"})
    share = fields.Float(metadata={"description": "how often, to the percent"})
    cases = fields.Integer(metadata={"description": "of how many"})
    examples = fields.List(fields.Nested(ShownExampleOut))


class QualityOut(Schema):
    project_id = fields.UUID()
    annotator_id = fields.UUID()
    answers = fields.Integer(metadata={"description": "answers given in all"})
    accepted = fields.Integer(metadata={"description": "of the last thousand or so"})
    rejected = fields.Integer()
    awaited = fields.Integer(metadata={"description": "those that wait for a review"})
    overall = fields.Nested(
        RightnessOut, allow_none=True, metadata={"description": "null: too few answers yet"}
    )
    trend = fields.List(
        fields.Nested(RightnessOut), metadata={"description": "by twenty answers, the oldest first"}
    )
    actions = fields.List(
        fields.Nested(OwnActionOut), metadata={"description": "in force about it in the project"}
    )
    banned = fields.Boolean(metadata={"description": "by the requester, from all of its projects"})
    confusions = fields.List(
        fields.Nested(ConfusionOut),
        allow_none=True,
        metadata={"description": "the most frequent first; null: the project does not coach"},
    )
