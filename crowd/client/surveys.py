"""Surveys: what all answers of a project say together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from crowd.client.connection import Connection
from crowd.client.drifts import AnnotatorDrift, ProjectDrift, Survey
from crowd.client.models import Share
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Coefficient:
    """Agreement beyond chance, with its 95 % interval; None where it is not defined."""

    value: float | None
    low: float | None
    high: float | None
    tasks: int
    pairs: int
    #: Of a period: when it starts, and whether it differs from those before.
    starts_at: datetime | None = None
    p_value: float | None = None
    off: bool = False
    #: Of a class: the label that is set against the rest.
    label: str | None = None
    #: Of two groups, or of one within.
    one: str | None = None
    other: str | None = None
    #: Of a class or of groups: over time, of those with the most answers.
    periods: tuple[Coefficient, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupAgreement:
    #: "pool" or "marketplace".
    by: str
    names: tuple[str, ...]
    left_out: int
    pairs: tuple[Coefficient, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Krippendorff's alpha of the first answers to each task."""

    survey: Survey
    answers_a_task: int
    overall: Coefficient
    window_seconds: float
    periods: tuple[Coefficient, ...]
    classes: tuple[Coefficient, ...]
    groups: GroupAgreement
    #: How far answers are apart: "nominal", "ordinal", "sets" (MASI) or "interval".
    scale: str = "nominal"


@dataclass(frozen=True, slots=True)
class ConfusionTable:
    """Rows: the label that is right, or that one gave; columns: what was given, or by another."""

    counts: tuple[tuple[float, ...], ...]
    #: Of each row; None where it is empty.
    shares: tuple[tuple[float | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Quantile:
    #: So many lie at or below the value.
    share: float
    value: float


@dataclass(frozen=True, slots=True)
class Errors:
    """How far numbers are off, or between annotators apart; means with their 95 % interval."""

    count: int
    tasks: int
    #: Above what is known, and away from it, on average.
    bias: float
    bias_low: float | None
    bias_high: float | None
    absolute: float
    absolute_low: float | None
    absolute_high: float | None
    #: Off by the tolerance at the most.
    within: Share
    quantiles: tuple[Quantile, ...]


@dataclass(frozen=True, slots=True)
class AllErrors:
    annotators: Errors | None
    gold: Errors | None
    rulings: Errors | None


@dataclass(frozen=True, slots=True)
class ConfusionTables:
    """Tables, of sets with "(nothing)" behind the labels; of numbers there are errors instead."""

    survey: Survey
    labels: tuple[str, ...]
    annotators: ConfusionTable | None
    gold: ConfusionTable | None
    rulings: ConfusionTable | None
    errors: AllErrors | None = None


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    low_edge: float
    high_edge: float
    tasks: int
    #: Mean confidence, and the share right with its 95 % interval.
    stated: float
    right: float
    right_low: float
    right_high: float


@dataclass(frozen=True, slots=True)
class CalibrationSide:
    tasks: int
    stated: float
    right: float
    #: Stated less right: above 0 is too sure.
    gap: float
    gap_low: float
    gap_high: float
    #: The expected calibration error over the bins.
    error: float
    error_low: float
    error_high: float
    bins: tuple[CalibrationBin, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether results are right as often as they are sure; None where nothing is known."""

    survey: Survey
    gold: CalibrationSide | None = None
    #: Of what was drawn by chance from what the engine had resolved.
    audits: CalibrationSide | None = None
    rulings: CalibrationSide | None = None


@dataclass(frozen=True, slots=True)
class SharesOfPeriod:
    starts_at: datetime
    tasks: int
    #: In the order of the labels.
    shares: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    p_value: float
    #: Not what was expected, by all looks together.
    off: bool
    #: Part of what is expected.
    is_reference: bool
    #: Of numbers: by `LabelShares.quantiles`.
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelShares:
    survey: Survey
    labels: tuple[str, ...]
    window_seconds: float
    expected: tuple[float, ...]
    #: "config" or "beginning".
    expected_from: str
    periods: tuple[SharesOfPeriod, ...]
    #: Of numbers, which have no labels: shares that lie below each of a period's values.
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class AgreementEffect:
    before: Coefficient
    after: Coefficient
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class ShareEffect:
    before: Share
    after: Share
    difference: float | None
    low: float | None
    high: float | None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorEffect:
    """How far numbers are off on gold, on average."""

    before: Errors
    after: Errors
    difference: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class GuidelineEffect:
    """Answers given by a version of the guideline, and by the one before; None: by none."""

    survey: Survey
    version: int
    before_version: int | None
    answers_before: int
    answers_after: int
    agreement: AgreementEffect
    gold: ShareEffect
    labels: tuple[ShareEffect, ...]
    error: ErrorEffect | None = None


class Surveys:
    """What all answers of a project say together. Each figure raises NotFound before the first."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def request(self, project_id: str) -> None:
        """Survey the project now, instead of some minutes after its next fit."""
        self._api.post(f"/projects/{project_id}/surveys")

    def agreement(self, project_id: str) -> Agreement:
        """Read how far annotators agree beyond chance."""
        return read(Agreement, self._api.get(f"/projects/{project_id}/agreement"))

    def confusion(self, project_id: str) -> ConfusionTables:
        """Read which label is given for which."""
        return read(ConfusionTables, self._api.get(f"/projects/{project_id}/confusion"))

    def calibration(self, project_id: str) -> Calibration:
        """Read whether results are right as often as they are sure."""
        return read(Calibration, self._api.get(f"/projects/{project_id}/calibration"))

    def label_shares(self, project_id: str) -> LabelShares:
        """Read how often each label is given over time, and whether that was expected."""
        return read(LabelShares, self._api.get(f"/projects/{project_id}/label-shares"))

    def guideline_effect(self, project_id: str, version: int) -> GuidelineEffect:
        """Compare answers given by a version of the guideline with those by the one before."""
        address = f"/projects/{project_id}/guidelines/{version}/effect"
        return read(GuidelineEffect, self._api.get(address))

    def drift(self, project_id: str) -> ProjectDrift:
        """Read whether the accuracy of a project's answers changes over time."""
        return read(ProjectDrift, self._api.get(f"/projects/{project_id}/drift"))

    def annotator_drifts(
        self, project_id: str, *, changed: bool | None = None, annotator_id: str | None = None
    ) -> Iterator[AnnotatorDrift]:
        """Read whose accuracy was tested: all, or those who changed, or did not."""
        query = {"changed": changed, "annotator_id": annotator_id}
        return self._api.pages(f"/projects/{project_id}/annotator-drifts", AnnotatorDrift, **query)
