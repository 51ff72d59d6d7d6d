"""Trainings, as their requesters write them and as marketplaces go through them."""

from __future__ import annotations

from marshmallow import Schema, ValidationError, fields, validate, validates

from crowd.schemas.fields import LABEL, NAME, Body, PageArgs, page_of

MOST_ITEMS = 500
YEAR_S = 365 * 24 * 3600


class TestItemIn(Body):
    payload = fields.Dict(keys=fields.String(), load_default=dict)
    label = fields.String(
        required=True, validate=LABEL, metadata={"description": "the right answer"}
    )


class PracticeItemIn(TestItemIn):
    explanation = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(1, 10_000),
        metadata={"description": "shown with the feedback: why the right answer is right"},
    )


class TrainingIn(Body):
    """Practice with feedback, then a test. It is never changed: retire it and make another."""

    name = fields.String(required=True, validate=NAME)
    question = fields.String(load_default="", validate=validate.Length(max=10_000))
    labels = fields.List(
        fields.String(validate=LABEL), required=True, validate=validate.Length(2, 200)
    )
    practice = fields.List(
        fields.Nested(PracticeItemIn), load_default=list, validate=validate.Length(max=MOST_ITEMS)
    )
    test = fields.List(
        fields.Nested(TestItemIn), required=True, validate=validate.Length(1, MOST_ITEMS)
    )
    test_size = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, MOST_ITEMS),
        metadata={
            "description": "how many of the test's items each attempt draws at random; null: all. "
            "The fewer of many, the less can be learned by trying again"
        },
    )
    pass_mark = fields.Float(load_default=0.8, validate=validate.Range(0, 1, min_inclusive=False))
    attempts = fields.Integer(
        load_default=3,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, 1000),
        metadata={"description": "how often it may be tried until it is passed; null: no bound"},
    )
    wait_seconds = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(0, YEAR_S),
        metadata={"description": "how long after a failed attempt the next may begin"},
    )
    attempt_seconds = fields.Integer(
        load_default=3600,
        strict=True,
        validate=validate.Range(1, 30 * 24 * 3600),
        metadata={"description": "how long an attempt may take; then it has expired"},
    )
    qualification = fields.String(
        load_default=None,
        allow_none=True,
        validate=NAME,
        metadata={"description": "what passing it gives; null: nothing, as for training anew"},
    )
    valid_seconds = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, 10 * YEAR_S),
        metadata={"description": "how long the qualification is valid; null: it does not end"},
    )

    @validates("labels")
    def _labels_differ(self, labels: list[str], data_key: str) -> None:
        if len(set(labels)) < len(labels):
            raise ValidationError("Each label may be named once.")


class TrainingOfferOut(Schema):
    """A training as everybody may know it."""

    id = fields.UUID()
    name = fields.String()
    question = fields.String()
    labels = fields.List(fields.String())
    test_size = fields.Integer()
    pass_mark = fields.Float()
    attempts = fields.Integer(allow_none=True)
    wait_seconds = fields.Integer()
    attempt_seconds = fields.Integer()
    qualification = fields.String(allow_none=True)
    valid_seconds = fields.Integer(allow_none=True)


class TrainingOut(TrainingOfferOut):
    created_at = fields.AwareDateTime()
    retired_at = fields.AwareDateTime(allow_none=True)


class TestItemOut(Schema):
    payload = fields.Dict()
    label = fields.String()


class PracticeItemOut(TestItemOut):
    explanation = fields.String(allow_none=True)


class WholeTrainingOut(TrainingOut):
    """A training with the right answers, for its requester alone."""

    practice = fields.List(fields.Nested(PracticeItemOut))
    test = fields.List(fields.Nested(TestItemOut))


class TrainingListArgs(PageArgs):
    retired = fields.Boolean(load_default=False)


class TrainingOfferListOut(Schema):
    items = fields.List(fields.Nested(TrainingOfferOut))


class AttemptIn(Body):
    annotator = fields.String(
        required=True, validate=NAME, metadata={"description": "its external_id"}
    )


class AttemptAnswerIn(Body):
    number = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 2 * MOST_ITEMS),
        metadata={"description": "of the item that is next"},
    )
    label = fields.String(required=True, validate=LABEL)


class AttemptItemOut(Schema):
    """What is to be answered next."""

    number = fields.Integer()
    of = fields.Integer(metadata={"description": "items in all"})
    kind = fields.String(metadata={"description": "`practice` or `test`"})
    payload = fields.Dict()


class FeedbackOut(Schema):
    is_right = fields.Boolean()
    label = fields.String(metadata={"description": "the right answer"})
    explanation = fields.String(allow_none=True)


class StepOut(Schema):
    """Where an attempt stands."""

    id = fields.UUID()
    training_id = fields.UUID()
    annotator_id = fields.UUID()
    state = fields.String(metadata={"description": "`running`, `passed`, `failed` or `expired`"})
    question = fields.String()
    labels = fields.List(fields.String())
    expires_at = fields.AwareDateTime()
    item = fields.Nested(
        AttemptItemOut, allow_none=True, metadata={"description": "null: the attempt is over"}
    )
    score = fields.Float(
        allow_none=True, metadata={"description": "share of the test that is right, at its end"}
    )
    attempts_left = fields.Integer(
        allow_none=True, metadata={"description": "once it is over; null: no bound, or running"}
    )
    again_at = fields.AwareDateTime(
        allow_none=True,
        metadata={"description": "when the next attempt may begin; null: at once"},
    )


class AnsweredStepOut(Schema):
    feedback = fields.Nested(
        FeedbackOut, allow_none=True, metadata={"description": "of practice alone"}
    )
    attempt = fields.Nested(StepOut)


class TrainingAttemptOut(Schema):
    """An attempt, as the training's requester sees it."""

    id = fields.UUID()
    training_id = fields.UUID()
    annotator_id = fields.UUID()
    state = fields.String()
    score = fields.Float(allow_none=True)
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    ended_at = fields.AwareDateTime(allow_none=True)


TrainingPage = page_of(TrainingOut)
TrainingAttemptPage = page_of(TrainingAttemptOut)
