"""The annotators of a marketplace."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import NAME, Body, PageArgs, one_of, page_of


class AnnotatorIn(Body):
    external_id = fields.String(required=True, validate=NAME)
    kind = fields.String(load_default="human", validate=one_of("human", "model"))
    pools = fields.List(
        fields.String(validate=NAME), load_default=list, validate=validate.Length(max=100)
    )


class AnnotatorOut(Schema):
    id = fields.UUID()
    external_id = fields.String(allow_none=True)
    kind = fields.String()
    state = fields.String()
    created_at = fields.AwareDateTime()


class BlockIn(Body):
    reason = fields.String(
        required=True,
        validate=validate.Length(min=1, max=1000),
        metadata={"description": "why, for your own records: it is kept in the audit log"},
    )


class AnnotatorListArgs(PageArgs):
    pool = fields.String(load_default=None)


class SkillOut(Schema):
    """How reliable an annotator is, by the newest run."""

    annotator_id = fields.UUID(attribute="skill.annotator_id")
    marketplace = fields.String(metadata={"description": "of a model of your own: your own name"})
    kind = fields.String(metadata={"description": "`human`, or `model`"})
    run_number = fields.Integer(attribute="skill.run_number")
    accuracy = fields.Float(attribute="skill.accuracy")
    accuracy_low = fields.Float(attribute="skill.accuracy_low")
    accuracy_high = fields.Float(attribute="skill.accuracy_high")
    answers = fields.Integer(attribute="skill.answers")
    gold_seen = fields.Integer(attribute="skill.gold_seen")
    gold_correct = fields.Integer(attribute="skill.gold_correct")
    spammer_score = fields.Float(attribute="skill.spammer_score")
    is_spammer = fields.Boolean(attribute="skill.is_spammer")
    on_probation = fields.Boolean(
        metadata={"description": "it has not shown yet what the project's probation asks for"}
    )


AnnotatorPage = page_of(AnnotatorOut)
SkillPage = page_of(SkillOut)
