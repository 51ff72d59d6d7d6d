"""Disputes: the queue, claims, and everything that speaks for and against a label."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from crowd.schemas.fields import ANSWER, Body, PageArgs, one_of, page_of
from crowd.schemas.guidelines import GuidelineOut
from crowd.schemas.results import VersionOut
from crowd.schemas.rulings import RulingOut

CAUSES = (
    "low_confidence",
    "tie",
    "contested_gold",
    "split_by_pool",
    "guideline_change",
    "appeal",
    "audit",
)


class DisputeOut(Schema):
    """A task that somebody shall look at."""

    id = fields.UUID(attribute="dispute.id")
    project_id = fields.UUID(attribute="dispute.project_id")
    task_id = fields.UUID(attribute="dispute.task_id")
    external_id = fields.String(attribute="task.external_id")
    payload = fields.Dict(attribute="task.payload")
    state = fields.String(
        attribute="dispute.state",
        metadata={
            "description": "`open`; `ruled` by a person; `settled` when later answers took its "
            "causes away"
        },
    )
    version = fields.Integer(
        attribute="dispute.version", metadata={"description": "what a ruling sends as If-Match"}
    )
    causes = fields.List(fields.String(), attribute="dispute.causes")
    worth = fields.Float(attribute="dispute.worth")
    alike = fields.Integer(
        attribute="dispute.alike",
        metadata={"description": "other open disputes about nearly the same item"},
    )
    label = fields.Function(
        lambda row: row.result and row.result.label,
        metadata={"type": "string", "description": "what stands; null: nothing does"},
    )
    posterior = fields.Function(
        lambda row: row.result.posterior if row.result else {},
        metadata={"type": "object", "description": "what the crowd makes of it"},
    )
    answers = fields.Integer(attribute="task.answered")
    claimed_by = fields.UUID(
        attribute="dispute.claimed_by",
        allow_none=True,
        metadata={"description": "a user or a key"},
    )
    claimed_until = fields.AwareDateTime(attribute="dispute.claimed_until", allow_none=True)
    proposers = fields.List(
        fields.UUID(),
        attribute="dispute.proposers",
        metadata={"description": "whose proposals wait for another person to agree"},
    )
    deadline_at = fields.AwareDateTime(
        attribute="dispute.deadline_at",
        allow_none=True,
        metadata={"description": "when an appeal should have its answer"},
    )
    opened_at = fields.AwareDateTime(attribute="dispute.opened_at")
    closed_at = fields.AwareDateTime(attribute="dispute.closed_at", allow_none=True)


class DisputeListArgs(PageArgs):
    state = fields.String(
        load_default="open",
        validate=one_of("open", "ruled", "settled"),
        metadata={"description": "open ones come by worth, the others the newest first"},
    )
    cause = fields.String(load_default=None, validate=one_of(*CAUSES))
    label = fields.String(
        load_default=None, validate=ANSWER, metadata={"description": "an answer gives it"}
    )
    annotator_id = fields.UUID(
        load_default=None, metadata={"description": "the annotator has answered the task"}
    )
    claimed = fields.String(load_default=None, validate=one_of("free", "mine", "taken"))
    proposed = fields.Boolean(
        load_default=None, metadata={"description": "a proposal waits for a second person"}
    )
    opened_before = fields.AwareDateTime(load_default=None)


class ClaimOut(Schema):
    dispute_id = fields.UUID()
    claimed_by = fields.UUID()
    claimed_until = fields.AwareDateTime(
        metadata={"description": "claim it again before, and go on holding it"}
    )


class NextDisputeIn(Body):
    after = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "a dispute: only what comes behind it in the queue"},
    )
    cause = fields.String(load_default=None, allow_none=True, validate=one_of(*CAUSES))


class NextDisputeOut(Schema):
    claim = fields.Nested(
        ClaimOut, allow_none=True, metadata={"description": "null: there is nothing left for you"}
    )


class ReliabilityOut(Schema):
    """A share with its 95 % interval, over about as many cases."""

    share = fields.Float()
    low = fields.Float()
    high = fields.Float()
    cases = fields.Float()


class MovedOut(Schema):
    """What leaving a vote out would change."""

    moved = fields.Float(
        metadata={"description": "P(its label | all votes) - P(its label | all others)"}
    )
    weight = fields.Float(metadata={"description": "the same in log-odds, in nats"})


class BallotOut(Schema):
    """One annotator's answer, and what it weighs."""

    answer_id = fields.UUID()
    name = fields.String(metadata={"description": "in the order of the answers: Annotator A"})
    annotator_id = fields.UUID(allow_none=True, metadata={"description": "null: hidden"})
    marketplace = fields.String(allow_none=True)
    label = fields.String()
    unsure = fields.Boolean()
    comment = fields.String(allow_none=True)
    number = fields.Integer()
    time_spent_s = fields.Float()
    submitted_at = fields.AwareDateTime()
    guideline = fields.Integer(allow_none=True)
    excluded = fields.Boolean()
    verdict = fields.String()
    accuracy = fields.Nested(ReliabilityOut, allow_none=True)
    says_when_true = fields.Nested(
        ReliabilityOut,
        allow_none=True,
        metadata={"description": "P(says the label | it is true), by the newest fit"},
    )
    true_when_says = fields.Float(
        allow_none=True, metadata={"description": "P(it is true | says the label)"}
    )
    moved = fields.Nested(MovedOut, allow_none=True)


class LookAlikeOut(Schema):
    """Another dispute about nearly the same item."""

    dispute_id = fields.UUID()
    task_id = fields.UUID()
    external_id = fields.String()
    payload = fields.Dict()
    state = fields.String()
    likeness = fields.Float(
        metadata={"description": "share of their features in common; 1: the same item"}
    )
    verdict = fields.String(
        allow_none=True, metadata={"description": "what is ruled of it; null: nothing"}
    )
    label = fields.String(allow_none=True)


class EvidenceOut(Schema):
    """Everything that speaks for and against a label."""

    dispute = fields.Nested(DisputeOut, attribute="row")
    question = fields.String(attribute="config.question")
    labels = fields.List(fields.String(), attribute="config.labels")
    known = fields.String(
        allow_none=True, metadata={"description": "the known answer; null: the task is not gold"}
    )
    blind = fields.Boolean()
    guideline = fields.Nested(GuidelineOut, allow_none=True)
    passages = fields.List(
        fields.String(),
        metadata={
            "description": "what the guideline says of the labels that were given, in Markdown; "
            "empty: nothing, or nothing else"
        },
    )
    ballots = fields.List(fields.Nested(BallotOut))
    people = fields.Dict(
        attribute="posterior",
        keys=fields.String(),
        values=fields.Float(),
        allow_none=True,
        metadata={
            "description": "P(label | answers that count) by the newest fit, which ballots move; "
            "of sets P(label is in it), of numbers P(step of the range); null: there is no fit for "
            "what is asked"
        },
    )
    history = fields.List(fields.Nested(VersionOut))
    rulings = fields.List(fields.Nested(RulingOut))
    look_alikes = fields.List(
        fields.Nested(LookAlikeOut),
        attribute="alike",
        metadata={"description": "disputes about nearly the same item, those ruled on first"},
    )


class EvidenceArgs(Body):
    blind = fields.Boolean(load_default=False, metadata={"description": "hide who answered"})


class AuditOut(Schema):
    """How often the engine is wrong, by rulings on a random sample of what it has resolved."""

    drawn = fields.Integer()
    ruled = fields.Integer()
    wrong = fields.Method("_wrong", metadata={"type": "object"})

    def _wrong(self, audit: Any) -> dict[str, Any]:
        share = audit.wrong
        return {"count": share.count, "share": share.share, "low": share.low, "high": share.high}


DisputePage = page_of(DisputeOut)
