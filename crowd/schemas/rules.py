"""Rules on quality, and what is done about annotators."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates

from crowd.schemas.fields import NAME, Body, PageArgs, one_of, page_of

KINDS = ("warn", "restrict", "pause", "retrain", "block", "exclude")
COLLECTORS = ("gold_accuracy", "agreement", "speed", "activity", "copying")
PAUSE = validate.Range(1, 365 * 24 * 3600)
TRAINING = {"description": "with `retrain`: the training that has to be passed again"}
WHY = {"description": "why; kept with the action and in the audit log"}
KIND = {
    "description": "`warn`: tell, and no more; `restrict`: one assignment at a time, with as much "
    "gold as there can be; `pause`: no work for so long; `retrain`: none until a training has been "
    "passed again; `block`: no work at all, what is held is "
    "returned; `exclude`: block, and take the answers given so far out of account"
}


class RuleIn(Body):
    """What is measured of an annotator's last answers, and what is done where it is too low."""

    name = fields.String(required=True, validate=NAME)
    collector = fields.String(
        required=True,
        validate=one_of(*COLLECTORS),
        metadata={
            "description": "`gold_accuracy`: share of gold answers that are right; `agreement`: "
            "share of answers that are what most others had said before; `speed`: median seconds "
            "an answer took; `activity`: answers in the last `span` days; `copying`: the chance of "
            "as much likeness to any other annotator, over all that both have answered"
        },
    )
    span = fields.Integer(
        load_default=20,
        strict=True,
        validate=validate.Range(1, 1000),
        metadata={
            "description": "how many of the annotator's last answers it looks at; of `activity`, "
            "how many days; `copying` looks at all answers"
        },
    )
    least = fields.Integer(
        load_default=5,
        strict=True,
        validate=validate.Range(1, 1000),
        metadata={
            "description": "how many of these have to say anything before it acts; of `copying`, "
            "how many tasks both have answered, 5 at the least"
        },
    )
    below = fields.Float(required=True, validate=validate.Range(0, 86_400, min_inclusive=False))
    sure = fields.Float(
        load_default=None,
        allow_none=True,
        validate=validate.Range(0.5, 0.9999),
        metadata={
            "description": "how probable it has to be that the true share is below the limit; "
            "null: what is measured will do. Spares those who had bad luck"
        },
    )
    action = fields.String(required=True, validate=one_of(*KINDS), metadata=KIND)
    pause_seconds = fields.Integer(load_default=None, allow_none=True, strict=True, validate=PAUSE)
    training_id = fields.UUID(load_default=None, allow_none=True, metadata=TRAINING)
    from_beginning = fields.Boolean(
        load_default=False,
        metadata={"description": "judge also the answers from before the rule was made"},
    )

    @validates("below")
    def _is_a_number(self, value: Any, **_: Any) -> None:
        if value != value:
            raise ValidationError("Not a number.")


class NewRuleIn(RuleIn):
    allow_many = fields.Boolean(
        load_default=False,
        metadata={"description": "put it in force even if it would have stopped most annotators"},
    )


class RuleOut(Schema):
    id = fields.UUID()
    project_id = fields.UUID()
    name = fields.String()
    collector = fields.String()
    span = fields.Integer()
    least = fields.Integer()
    below = fields.Float()
    sure = fields.Float(allow_none=True)
    action = fields.String()
    pause_seconds = fields.Integer(allow_none=True)
    training_id = fields.UUID(allow_none=True)
    from_beginning = fields.Boolean()
    created_at = fields.AwareDateTime()
    retired_at = fields.AwareDateTime(allow_none=True)


class RuleListArgs(PageArgs):
    retired = fields.Boolean(load_default=False)


class HitOut(Schema):
    annotator_id = fields.UUID()
    answer_id = fields.UUID()
    place = fields.Integer(
        metadata={"description": "which of the annotator's answers it is, from 1"}
    )
    action = fields.String()
    reason = fields.String()
    evidence = fields.Dict()


class TrialOut(Schema):
    """What a rule would have done so far."""

    annotators = fields.Integer(metadata={"description": "annotators with answers"})
    judged = fields.Integer(metadata={"description": "those with enough of them to be judged"})
    hit = fields.Integer(metadata={"description": "annotators it would have acted on"})
    hits = fields.List(fields.Nested(HitOut))


class ActionIn(Body):
    annotator_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=one_of(*KINDS), metadata=KIND)
    reason = fields.String(required=True, validate=validate.Length(1, 1000), metadata=WHY)
    pause_seconds = fields.Integer(load_default=None, allow_none=True, strict=True, validate=PAUSE)
    training_id = fields.UUID(load_default=None, allow_none=True, metadata=TRAINING)


class UndoIn(Body):
    reason = fields.String(required=True, validate=validate.Length(1, 1000), metadata=WHY)


class ActionOut(Schema):
    """Something done about an annotator. `reason` and `evidence` are for requesters alone."""

    id = fields.UUID()
    project_id = fields.UUID()
    annotator_id = fields.UUID()
    kind = fields.String()
    rule_id = fields.UUID(allow_none=True)
    answer_id = fields.UUID(allow_none=True)
    reason = fields.String()
    evidence = fields.Dict()
    ends_at = fields.AwareDateTime(allow_none=True)
    training_id = fields.UUID(allow_none=True)
    ended_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "when the training was passed again"}
    )
    attempt_id = fields.UUID(allow_none=True, metadata={"description": "by which attempt"})
    exclusion_id = fields.UUID(allow_none=True)
    created_at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)
    undone_reason = fields.String(allow_none=True)


class ActionListArgs(PageArgs):
    annotator_id = fields.UUID(load_default=None)
    rule_id = fields.UUID(load_default=None)
    in_force = fields.Boolean(
        load_default=None, metadata={"description": "only those in force, or only those not"}
    )


class OwnActionOut(Schema):
    """What was done about an annotator, as its marketplace may know it: nothing tells of gold."""

    id = fields.UUID()
    project_id = fields.UUID()
    annotator_id = fields.UUID()
    kind = fields.String()
    ends_at = fields.AwareDateTime(allow_none=True)
    training_id = fields.UUID(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()
    undone_at = fields.AwareDateTime(allow_none=True)


RulePage = page_of(RuleOut)
ActionPage = page_of(ActionOut)
OwnActionPage = page_of(OwnActionOut)
