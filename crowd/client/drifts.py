"""Drift: whether accuracy changes as time goes on, by the newest survey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Survey:
    """The look over a project's answers that a figure comes from."""

    run_number: int
    config_version: int
    answers: int
    #: Of so many tasks one was taken.
    one_in: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AccuracyWindow:
    starts_at: datetime
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ProjectDrift:
    """Accuracy of all answers over time, whoever gave them."""

    survey: Survey
    changed: bool
    p_value: float | None
    changed_at: datetime | None
    windows: tuple[AccuracyWindow, ...]
    before: float | None = None
    before_low: float | None = None
    before_high: float | None = None
    after: float | None = None
    after_low: float | None = None
    after_high: float | None = None


@dataclass(frozen=True, slots=True)
class AnnotatorDrift:
    """Accuracy of an annotator over time, and around the moment it most likely changed."""

    annotator_id: str
    marketplace: str
    answers: int
    changed: bool
    p_value: float
    changed_at: datetime
    before: float
    before_low: float
    before_high: float
    after: float
    after_low: float
    after_high: float
    windows: tuple[AccuracyWindow, ...]
