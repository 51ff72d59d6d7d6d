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
    scale = fields.String(
        metadata={
            "description": "`nominal`; `ordinal`: a step further apart is worse; `sets`: the more "
            "two sets share the better (MASI distance); `interval`: the squared difference counts"
        }
    )
    answers_a_task = fields.Integer(metadata={"description": "the first answers are compared"})
    overall = fields.Nested(CoefficientOut, metadata={"description": "Krippendorff's alpha"})
    window_seconds = fields.Float()
    periods = fields.List(fields.Nested(PeriodAgreementOut))
    classes = fields.List(
        fields.Nested(LabelAgreementOut),
        metadata={
            "description": "each label against the rest; of sets: in them or not; of numbers none"
        },
    )
    groups = fields.Nested(GroupsOut)


class ConfusionTableOut(Schema):
    """Rows: the label that is right, or that one gave; columns: that was given, or by another."""

    counts = fields.List(fields.List(fields.Float()))
    shares = fields.List(
        fields.List(fields.Float(allow_none=True)), metadata={"description": "of each row"}
    )


class QuantileOut(Schema):
    share = fields.Float(metadata={"description": "lies at or below"})
    value = fields.Float()


class ErrorsOut(Schema):
    """How far numbers are off; between annotators: apart. Means have their 95 % interval."""

    count = fields.Integer(metadata={"description": "answers, or pairs of them"})
    tasks = fields.Integer()
    bias = fields.Float(metadata={"description": "above what is known, on average"})
    bias_low = fields.Float(allow_none=True)
    bias_high = fields.Float(allow_none=True)
    absolute = fields.Float(metadata={"description": "away from what is known, on average"})
    absolute_low = fields.Float(allow_none=True)
    absolute_high = fields.Float(allow_none=True)
    within = fields.Nested(ShareOut, metadata={"description": "off by the tolerance at the most"})
    quantiles = fields.List(fields.Nested(QuantileOut))


class AllErrorsOut(Schema):
    annotators = fields.Nested(ErrorsOut, allow_none=True)
    gold = fields.Nested(ErrorsOut, allow_none=True)
    rulings = fields.Nested(ErrorsOut, allow_none=True)


class ConfusionTablesOut(FigureOut):
    labels = fields.List(
        fields.String(),
        metadata={
            "description": "of sets `(nothing)` as well, behind them: where nothing takes the "
            "place of a label that is missing, or a label takes the place of nothing"
        },
    )
    annotators = fields.Nested(ConfusionTableOut, allow_none=True)
    gold = fields.Nested(ConfusionTableOut, allow_none=True)
    rulings = fields.Nested(ConfusionTableOut, allow_none=True)
    errors = fields.Nested(
        AllErrorsOut,
        allow_none=True,
        metadata={"description": "of numbers, which have no tables; null for all else"},
    )


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
    values = fields.List(fields.Float(), metadata={"description": "of numbers: by `quantiles`"})
    low = fields.List(fields.Float())
    high = fields.List(fields.Float())
    p_value = fields.Float()
    off = fields.Boolean(metadata={"description": "not what was expected, by all looks together"})
    is_reference = fields.Boolean(metadata={"description": "part of what is expected"})


class LabelSharesOut(FigureOut):
    labels = fields.List(fields.String())
    quantiles = fields.List(
        fields.Float(), metadata={"description": "of numbers, which have no labels: shares below"}
    )
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


class ErrorEffectOut(BetweenOut):
    before = fields.Nested(ErrorsOut)
    after = fields.Nested(ErrorsOut)


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
    error = fields.Nested(
        ErrorEffectOut,
        allow_none=True,
        metadata={"description": "how far numbers are off on gold; null without such numbers"},
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
