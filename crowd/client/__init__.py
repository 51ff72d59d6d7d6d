"""Crowd's API in Python: typed, patient, and safe to repeat. Needs nothing but httpx.

with Client("https://crowd.example.org", key) as crowd:
    leased = crowd.assignments.lease(project_id, "ann")
"""

from __future__ import annotations

from crowd.client.annotators import Annotator
from crowd.client.answers import Answer, Next, Outcome, Submitted, SubmittedMany
from crowd.client.assignments import Assignment, Lease, Leased, Prelabel, Refusal
from crowd.client.bonuses import Bonus
from crowd.client.client import Client
from crowd.client.guidelines import Acceptance, Guideline
from crowd.client.models import Bias, Correction, Difference, Model, Share
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
from crowd.client.projects import Config, Cost, Marketplace, Progress, Project, Run, Skill
from crowd.client.results import Decision, Dispute, Label, Result
from crowd.client.reviews import Review
from crowd.client.rules import Action, Appeal, Exclusion, Hit, Rule, Trial
from crowd.client.statements import Sums
from crowd.client.tasks import Gold, ImportReport, LineProblem, Task
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
    "Bias",
    "Bonus",
    "BonusKeyReused",
    "Client",
    "ClientError",
    "Config",
    "Conflict",
    "Correction",
    "Cost",
    "Decision",
    "Difference",
    "Dispute",
    "DuplicateExternalId",
    "DuplicateName",
    "Exclusion",
    "Expired",
    "Forbidden",
    "Gold",
    "Guideline",
    "Hit",
    "IdempotencyKeyReused",
    "ImportReport",
    "Invalid",
    "Label",
    "Lease",
    "Leased",
    "LineProblem",
    "Malformed",
    "Marketplace",
    "MissingScope",
    "Model",
    "Next",
    "NotFound",
    "Outcome",
    "Prelabel",
    "Problem",
    "Progress",
    "Project",
    "RateLimited",
    "Refusal",
    "Result",
    "Review",
    "Rule",
    "Run",
    "ServerFault",
    "Share",
    "Skill",
    "StaleVersion",
    "Submitted",
    "SubmittedMany",
    "Sums",
    "Task",
    "TooLarge",
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
