"""Surveys: agreement, confusion, calibration, shares of labels, drift, effects of a guideline."""

from __future__ import annotations

from marshmallow import Schema, fields

from crowd.schemas.fields import PageArgs, page_of
from crowd.schemas.prelabels import ShareOut

OFF = "differs from what came before, by all looks together"


class SurveyOut(Schema):
    """The look over a project's answers that a figure comes from."""

    run_number = fields.Integer()
    config_version = fields.Integer()
    answers = fields.Integer()
    one_in = fields.Integer(metadata={"description": "of so many tasks one was taken"})
    created_at = fields.AwareDateTime()


class FigureOut(Schema):
    survey = fields.Nested(SurveyOut)


class CoefficientOut(Schema):
    """Agreement beyond chance, with its 95 % interval; null where it is not defined."""

    value = fields.Float(allow_none=True)
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)
    tasks = fields.Integer(metadata={"description": "with two answers that were compared"})
    pairs = fields.Integer(metadata={"description": "of answers to one task"})


class PeriodAgreementOut(CoefficientOut):
    starts_at = fields.String(metadata={"format": "date-time"})
    p_value = fields.Float(allow_none=True)
    off = fields.Boolean(metadata={"description": OFF})


class LabelAgreementOut(CoefficientOut):
    label = fields.String()
    periods = fields.List(
        fields.Nested(PeriodAgreementOut),
        metadata={"description": "of the six labels that are given most"},
    )


class GroupAgreementOut(CoefficientOut):
    one = fields.String()
    other = fields.String(metadata={"description": "the same: agreement within"})
    periods = fields.List(
        fields.Nested(PeriodAgreementOut),
        metadata={"description": "of the three groups with the most answers"},
    )


class GroupsOut(Schema):
    by = fields.String(metadata={"description": "`pool` or `marketplace`"})
    names = fields.List(fields.String())
    left_out = fields.Integer(metadata={"description": "groups with fewer answers"})
    pairs = fields.List(fields.Nested(GroupAgreementOut))


class AgreementOut(FigureOut):
    answers_a_task = fields.Integer(metadata={"description": "the first answers are compared"})
    overall = fields.Nested(CoefficientOut, metadata={"description": "Krippendorff's alpha"})
    window_seconds = fields.Float()
    periods = fields.List(fields.Nested(PeriodAgreementOut))
    classes = fields.List(
        fields.Nested(LabelAgreementOut), metadata={"description": "each label against the rest"}
    )
    groups = fields.Nested(GroupsOut)


class ConfusionTableOut(Schema):
    """Rows: the label that is right, or that one gave; columns: that was given, or by another."""

    counts = fields.List(fields.List(fields.Float()))
    shares = fields.List(
        fields.List(fields.Float(allow_none=True)), metadata={"description": "of each row"}
    )


class ConfusionTablesOut(FigureOut):
    labels = fields.List(fields.String())
    annotators = fields.Nested(ConfusionTableOut)
    gold = fields.Nested(ConfusionTableOut)
    rulings = fields.Nested(ConfusionTableOut)


class CalibrationBinOut(Schema):
    low_edge = fields.Float()
    high_edge = fields.Float()
    tasks = fields.Integer()
    stated = fields.Float(metadata={"description": "mean confidence"})
    right = fields.Float(metadata={"description": "share right, with its 95 % interval"})
    right_low = fields.Float()
    right_high = fields.Float()


class CalibrationSideOut(Schema):
    tasks = fields.Integer()
    stated = fields.Float()
    right = fields.Float()
    gap = fields.Float(metadata={"description": "stated less right: above 0 is too sure"})
    gap_low = fields.Float(allow_none=True)
    gap_high = fields.Float(allow_none=True)
    error = fields.Float(metadata={"description": "expected calibration error over the bins"})
    error_low = fields.Float(allow_none=True)
    error_high = fields.Float(allow_none=True)
    bins = fields.List(fields.Nested(CalibrationBinOut))


class CalibrationOut(FigureOut):
    gold = fields.Nested(
        CalibrationSideOut,
        allow_none=True,
        metadata={"description": "what was stated of gold as if it were not known; null: no gold"},
    )
    audits = fields.Nested(
        CalibrationSideOut,
        allow_none=True,
        metadata={"description": "what was stated of resolved tasks that were drawn for an audit"},
    )
    rulings = fields.Nested(
        CalibrationSideOut,
        allow_none=True,
        metadata={"description": "what was stated of other tasks that were ruled on"},
    )


class PeriodSharesOut(Schema):
    starts_at = fields.String(metadata={"format": "date-time"})
    tasks = fields.Integer()
    shares = fields.List(fields.Float(), metadata={"description": "in the order of the labels"})
    low = fields.List(fields.Float())
    high = fields.List(fields.Float())
    p_value = fields.Float()
    off = fields.Boolean(metadata={"description": "not what was expected, by all looks together"})
    is_reference = fields.Boolean(metadata={"description": "part of what is expected"})


class LabelSharesOut(FigureOut):
    labels = fields.List(fields.String())
    window_seconds = fields.Float()
    expected = fields.List(fields.Float())
    expected_from = fields.String(
        metadata={"description": "`config` (`expected_shares`) or `beginning`: the first periods"}
    )
    periods = fields.List(fields.Nested(PeriodSharesOut))


class BetweenOut(Schema):
    """After less before, with its 95 % interval; null where one of them is not known."""

    difference = fields.Float(allow_none=True)
    low = fields.Float(allow_none=True)
    high = fields.Float(allow_none=True)


class AgreementEffectOut(BetweenOut):
    before = fields.Nested(CoefficientOut)
    after = fields.Nested(CoefficientOut)


class ShareEffectOut(BetweenOut):
    before = fields.Nested(ShareOut)
    after = fields.Nested(ShareOut)


class LabelEffectOut(ShareEffectOut):
    label = fields.String()


class GuidelineEffectOut(FigureOut):
    version = fields.Integer()
    before_version = fields.Integer(allow_none=True, metadata={"description": "null: none"})
    answers_before = fields.Integer()
    answers_after = fields.Integer()
    agreement = fields.Nested(AgreementEffectOut)
    gold = fields.Nested(ShareEffectOut, metadata={"description": "accuracy on gold"})
    labels = fields.List(
        fields.Nested(LabelEffectOut), metadata={"description": "shares, of tasks not gold"}
    )


class AccuracyWindowOut(Schema):
    starts_at = fields.String(metadata={"format": "date-time"})
    accuracy = fields.Float()
    low = fields.Float()
    high = fields.Float()


class CourseOut(Schema):
    """Accuracy over time, and before and after the moment at which it most likely changed."""

    p_value = fields.Float(allow_none=True)
    changed = fields.Boolean()
    before = fields.Float(allow_none=True)
    before_low = fields.Float(allow_none=True)
    before_high = fields.Float(allow_none=True)
    after = fields.Float(allow_none=True)
    after_low = fields.Float(allow_none=True)
    after_high = fields.Float(allow_none=True)
    windows = fields.List(
        fields.Nested(AccuracyWindowOut), metadata={"description": "of equally many answers"}
    )


class ProjectDriftOut(CourseOut):
    """Of all answers together, whoever gave them."""

    survey = fields.Nested(SurveyOut)
    changed_at = fields.String(allow_none=True, metadata={"format": "date-time"})


class AnnotatorDriftOut(CourseOut):
    annotator_id = fields.UUID()
    marketplace = fields.String()
    answers = fields.Integer()
    changed_at = fields.AwareDateTime()


class DriftListArgs(PageArgs):
    changed = fields.Boolean(
        load_default=None, metadata={"description": "only those who changed, or did not"}
    )
    annotator_id = fields.UUID(load_default=None)


AnnotatorDriftPage = page_of(AnnotatorDriftOut)
