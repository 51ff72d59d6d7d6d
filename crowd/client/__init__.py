"""Crowd's API in Python: typed, patient, and safe to repeat. Needs nothing but httpx.

with Client("https://crowd.example.org", key) as crowd:
    leased = crowd.assignments.lease(project_id, "ann")
"""

from __future__ import annotations

from crowd.client.annotators import Annotator
from crowd.client.answers import Answer, Next, Outcome, Submitted, SubmittedMany
from crowd.client.appeals import Appeal
from crowd.client.assignments import Assignment, Lease, Leased, Prelabel, Refusal
from crowd.client.audit import AuditEntry
from crowd.client.bans import Ban
from crowd.client.bonuses import Bonus
from crowd.client.client import Client
from crowd.client.disputes import (
    Audit,
    Ballot,
    Claim,
    Dispute,
    Evidence,
    LookAlike,
    Moved,
    Reliability,
    Ruled,
    Ruling,
    Wrong,
)
from crowd.client.drifts import AnnotatorDrift, ProjectDrift, Survey
from crowd.client.examples import Example
from crowd.client.forecasts import (
    Counts,
    Estimate,
    Obstacle,
    Outlook,
    OutlookCost,
    Pace,
    Spent,
    WhatIf,
)
from crowd.client.gold import Gold, GoldCandidate, GoldHistory, GoldReview
from crowd.client.guidelines import Acceptance, Guideline
from crowd.client.models import Bias, Correction, Difference, Model, Share
from crowd.client.operations import LeftOut, Operation, Preview, PreviewLine
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
from crowd.client.results import Decision, Label, Result
from crowd.client.reviews import Review
from crowd.client.rules import Action, Exclusion, Hit, Likeness, Rule, Trial
from crowd.client.statements import Sums
from crowd.client.surveys import (
    Agreement,
    Calibration,
    Coefficient,
    ConfusionTables,
    Errors,
    GuidelineEffect,
    LabelShares,
)
from crowd.client.tasks import GivenAnswer, ImportReport, LineProblem, Task
from crowd.client.track_records import (
    AnswerBeside,
    HeldQualification,
    History,
    Leaderboard,
    PastSkill,
    Place,
    RecordDay,
    TrackRecord,
)
from crowd.client.trainings import (
    Attempt,
    AttemptAnswered,
    AttemptItem,
    Feedback,
    Training,
    TrainingItem,
)
from crowd.client.transfers import Transfer
from crowd.client.users import User
from crowd.client.work import Work
from crowd.client.work_links import NewWorkLink, Visit, WorkLink

__all__ = [
    "Acceptance",
    "Action",
    "Agreement",
    "AlreadyAnswered",
    "Annotator",
    "AnnotatorDrift",
    "Answer",
    "AnswerBeside",
    "Appeal",
    "Assignment",
    "AssignmentClosed",
    "Attempt",
    "AttemptAnswered",
    "AttemptItem",
    "Audit",
    "AuditEntry",
    "Ballot",
    "Ban",
    "Bias",
    "Bonus",
    "BonusKeyReused",
    "Calibration",
    "Claim",
    "Client",
    "ClientError",
    "Coefficient",
    "Comparison",
    "Config",
    "Conflict",
    "Confusion",
    "ConfusionTables",
    "Correction",
    "Cost",
    "Counts",
    "Decision",
    "Difference",
    "Dispute",
    "DuplicateExternalId",
    "DuplicateName",
    "Errors",
    "Estimate",
    "Evidence",
    "Example",
    "Exclusion",
    "Expired",
    "Feedback",
    "Forbidden",
    "GivenAnswer",
    "Gold",
    "GoldCandidate",
    "GoldHistory",
    "GoldReview",
    "Guideline",
    "GuidelineEffect",
    "HeldQualification",
    "History",
    "Hit",
    "IdempotencyKeyReused",
    "ImportReport",
    "Invalid",
    "Label",
    "LabelShares",
    "Leaderboard",
    "Lease",
    "Leased",
    "LeftOut",
    "Likeness",
    "LineProblem",
    "LookAlike",
    "Malformed",
    "Marketplace",
    "MissingScope",
    "Model",
    "Moved",
    "NewWorkLink",
    "Next",
    "NotFound",
    "Obstacle",
    "Operation",
    "Outcome",
    "Outlook",
    "OutlookCost",
    "Pace",
    "PastSkill",
    "PayloadField",
    "Place",
    "Pool",
    "PoolMember",
    "Prelabel",
    "Preview",
    "PreviewLine",
    "Problem",
    "Progress",
    "Project",
    "ProjectDrift",
    "Qualification",
    "Quality",
    "QualityReport",
    "RateLimited",
    "RecordDay",
    "Refusal",
    "Rehearsal",
    "RehearsalItem",
    "RehearsalStep",
    "Reliability",
    "Result",
    "Review",
    "Rightness",
    "Rule",
    "Ruled",
    "Ruling",
    "Run",
    "ServerFault",
    "Share",
    "ShownExample",
    "Skill",
    "Spent",
    "StaleVersion",
    "Standard",
    "Standing",
    "Submitted",
    "SubmittedMany",
    "Sums",
    "Survey",
    "Task",
    "Template",
    "TooLarge",
    "TrackRecord",
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
    "User",
    "VersionRequired",
    "Visit",
    "WhatIf",
    "Work",
    "WorkLink",
    "Wrong",
]
