"""Crowd's API in Python: typed, patient, and safe to repeat. Needs nothing but httpx.

with Client("https://crowd.example.org", key) as crowd:
    leased = crowd.assignments.lease(project_id, "ann")
"""

from __future__ import annotations

from crowd.client.annotators import Annotator
from crowd.client.answers import Answer, Next, Outcome, Submitted, SubmittedMany
from crowd.client.appeals import Appeal
from crowd.client.assignments import Assignment, Lease, Leased, Prelabel, Refusal
from crowd.client.bans import Ban
from crowd.client.bonuses import Bonus
from crowd.client.client import Client
from crowd.client.examples import Example
from crowd.client.guidelines import Acceptance, Guideline
from crowd.client.models import Bias, Correction, Difference, Model, Share
from crowd.client.operations import Operation, Preview, PreviewLine
from crowd.client.pools import Pool, PoolMember
from crowd.client.problems import (
    AlreadyAnswered,
    AssignmentClosed,
    BonusKeyReused,
    ClientError,
    Conflict,
    DuplicateExternalId,
    DuplicateName,
    Expired,
    Forbidden,
    IdempotencyKeyReused,
    Invalid,
    Malformed,
    MissingScope,
    NotFound,
    Problem,
    RateLimited,
    ServerFault,
    StaleVersion,
    TooLarge,
    Unauthenticated,
    Unavailable,
    UnknownLabel,
    Unreachable,
    Unreadable,
    UnsupportedMediaType,
    VersionRequired,
)
from crowd.client.project_templates import PayloadField, Template
from crowd.client.projects import Config, Cost, Marketplace, Progress, Project, Run, Skill
from crowd.client.qualifications import Qualification, Standard
from crowd.client.quality import Confusion, Quality, Rightness, ShownExample, Standing
from crowd.client.quality_reports import QualityReport
from crowd.client.rehearsals import Comparison, Rehearsal, RehearsalItem, RehearsalStep
from crowd.client.results import Decision, Dispute, Label, Result
from crowd.client.reviews import Review
from crowd.client.rules import Action, Exclusion, Hit, Likeness, Rule, Trial
from crowd.client.statements import Sums
from crowd.client.tasks import GivenAnswer, Gold, ImportReport, LineProblem, Task
from crowd.client.trainings import (
    Attempt,
    AttemptAnswered,
    AttemptItem,
    Feedback,
    Training,
    TrainingItem,
)
from crowd.client.transfers import Transfer
from crowd.client.work import Work

__all__ = [
    "Acceptance",
    "Action",
    "AlreadyAnswered",
    "Annotator",
    "Answer",
    "Appeal",
    "Assignment",
    "AssignmentClosed",
    "Attempt",
    "AttemptAnswered",
    "AttemptItem",
    "Ban",
    "Bias",
    "Bonus",
    "BonusKeyReused",
    "Client",
    "ClientError",
    "Comparison",
    "Config",
    "Conflict",
    "Confusion",
    "Correction",
    "Cost",
    "Decision",
    "Difference",
    "Dispute",
    "DuplicateExternalId",
    "DuplicateName",
    "Example",
    "Exclusion",
    "Expired",
    "Feedback",
    "Forbidden",
    "GivenAnswer",
    "Gold",
    "Guideline",
    "Hit",
    "IdempotencyKeyReused",
    "ImportReport",
    "Invalid",
    "Label",
    "Lease",
    "Leased",
    "Likeness",
    "LineProblem",
    "Malformed",
    "Marketplace",
    "MissingScope",
    "Model",
    "Next",
    "NotFound",
    "Operation",
    "Outcome",
    "PayloadField",
    "Pool",
    "PoolMember",
    "Prelabel",
    "Preview",
    "PreviewLine",
    "Problem",
    "Progress",
    "Project",
    "Qualification",
    "Quality",
    "QualityReport",
    "RateLimited",
    "Refusal",
    "Rehearsal",
    "RehearsalItem",
    "RehearsalStep",
    "Result",
    "Review",
    "Rightness",
    "Rule",
    "Run",
    "ServerFault",
    "Share",
    "ShownExample",
    "Skill",
    "StaleVersion",
    "Standard",
    "Standing",
    "Submitted",
    "SubmittedMany",
    "Sums",
    "Task",
    "Template",
    "TooLarge",
    "Training",
    "TrainingItem",
    "Transfer",
    "Trial",
    "Unauthenticated",
    "Unavailable",
    "UnknownLabel",
    "Unreachable",
    "Unreadable",
    "UnsupportedMediaType",
    "VersionRequired",
    "Work",
]
