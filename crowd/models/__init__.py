"""Tables and the constraints that carry the rules. One file per noun."""

from crowd.models.annotators import Annotator
from crowd.models.answers import Answer
from crowd.models.appeals import Appeal
from crowd.models.assignments import Assignment
from crowd.models.audit import AuditEntry
from crowd.models.bans import Ban
from crowd.models.bonuses import Bonus
from crowd.models.disputes import Dispute
from crowd.models.examples import Example
from crowd.models.exclusions import ExcludedAnswer, Exclusion
from crowd.models.failures import Failure
from crowd.models.gold import Gold, GoldCandidate, GoldStanding
from crowd.models.guidelines import Guideline, GuidelineAcceptance
from crowd.models.idempotency import StoredResponse
from crowd.models.ledger_days import LedgerDay, SummedDay
from crowd.models.likenesses import Likeness
from crowd.models.operations import FileChunk, Operation, RejectedLine
from crowd.models.outbox import OutboxEvent
from crowd.models.participations import Participation
from crowd.models.pools import Pool, PoolMember
from crowd.models.predictions import Prediction, RegisteredModel, ShownPrediction
from crowd.models.progress import Forecast, Pace, TaskCount, TaskMove
from crowd.models.projects import Project, ProjectConfig, ProjectMarketplace
from crowd.models.qualifications import Qualification
from crowd.models.quality_reports import QualityReport
from crowd.models.rehearsals import Rehearsal, RehearsedAnswer
from crowd.models.results import ConsensusRun, Result
from crowd.models.reviews import AwaitedReview, Review
from crowd.models.rules import Action, Rule
from crowd.models.rulings import Ruling, StandingRuling
from crowd.models.schedules import Schedule
from crowd.models.skills import AnnotatorModel, Skill
from crowd.models.standards import Standard
from crowd.models.suggestions import Suggestion
from crowd.models.surveys import Drift, Survey
from crowd.models.tasks import Task
from crowd.models.tenants import ApiKey, Tenant
from crowd.models.track_records import TrackRecord
from crowd.models.trainings import Training, TrainingAnswer, TrainingAttempt, TrainingItem
from crowd.models.transfers import Transfer
from crowd.models.users import Membership, SignIn, SignInLink, User
from crowd.models.visits import Visit, VisitedAssignment
from crowd.models.webhooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from crowd.models.work_links import WorkLink

__all__ = [
    "Action",
    "Annotator",
    "AnnotatorModel",
    "Answer",
    "ApiKey",
    "Appeal",
    "Assignment",
    "AuditEntry",
    "AwaitedReview",
    "Ban",
    "Bonus",
    "ConsensusRun",
    "Dispute",
    "Drift",
    "Example",
    "ExcludedAnswer",
    "Exclusion",
    "Failure",
    "FileChunk",
    "Forecast",
    "Gold",
    "GoldCandidate",
    "GoldStanding",
    "Guideline",
    "GuidelineAcceptance",
    "LedgerDay",
    "Likeness",
    "Membership",
    "Operation",
    "OutboxEvent",
    "Pace",
    "Participation",
    "Pool",
    "PoolMember",
    "Prediction",
    "Project",
    "ProjectConfig",
    "ProjectMarketplace",
    "Qualification",
    "QualityReport",
    "RegisteredModel",
    "Rehearsal",
    "RehearsedAnswer",
    "RejectedLine",
    "Result",
    "Review",
    "Rule",
    "Ruling",
    "Schedule",
    "ShownPrediction",
    "SignIn",
    "SignInLink",
    "Skill",
    "Standard",
    "StandingRuling",
    "StoredResponse",
    "Suggestion",
    "SummedDay",
    "Survey",
    "Task",
    "TaskCount",
    "TaskMove",
    "Tenant",
    "TrackRecord",
    "Training",
    "TrainingAnswer",
    "TrainingAttempt",
    "TrainingItem",
    "Transfer",
    "User",
    "Visit",
    "VisitedAssignment",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WorkLink",
]
