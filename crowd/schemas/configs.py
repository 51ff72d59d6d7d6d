"""How projects ask, whom, and for what: their configuration."""

from __future__ import annotations

from datetime import UTC

from marshmallow import Schema, ValidationError, fields, validate, validates

from consensus.method_names import FOR_PROJECTS, ORDERED
from crowd.schemas.fields import CURRENCY, LABEL, NAME, Body, Money, one_of, payable
from crowd.schemas.interfaces import InterfaceIn, NumberIn

COUNT = validate.Range(1, 1_000_000_000)
POLICIES = ("natural", "share", "first", "adaptive")
STRATEGIES = ("spread", "breadth", "depth", "informative")


class GoldPolicyIn(Body):
    """How known answers are mixed in."""

    policy = fields.String(
        validate=one_of(*POLICIES),
        metadata={
            "description": "`natural`: as any other task, so that nothing whatever tells it apart; "
            "`share` of everybody's work; `first`: also so many of an annotator's first leases, "
            "anywhere among twice as many; `adaptive`: up to three times the share for those of "
            "whom little is known, a quarter of it for those who are known well"
        },
    )
    share = fields.Float(validate=validate.Range(0, 0.5))
    first = fields.Integer(strict=True, validate=validate.Range(0, 1000))
    exposure = fields.Integer(
        strict=True,
        allow_none=True,
        validate=validate.Range(1, 30_000),
        metadata={
            "description": "answers a gold task takes; null: as many as another. More of "
            "them let a marketplace that counts how often it sees a task find out"
        },
    )


class ProbationIn(Body):
    """What a new annotator has to show before it gets work like the others."""

    gold = fields.Integer(
        required=True,
        strict=True,
        validate=validate.Range(1, 1000),
        metadata={"description": "known tasks it has to have answered"},
    )
    right = fields.Float(
        required=True,
        validate=validate.Range(0, 1, min_inclusive=False),
        metadata={"description": "share of them that has to be right"},
    )


class QuotaIn(Body):
    """Leases at the most; null: no bound."""

    hour = fields.Integer(strict=True, allow_none=True, validate=COUNT)
    day = fields.Integer(strict=True, allow_none=True, validate=COUNT)
    total = fields.Integer(strict=True, allow_none=True, validate=COUNT)


class LimitsIn(Body):
    """Leases an annotator, and a marketplace, may have."""

    held = fields.Integer(
        strict=True, validate=validate.Range(1, 1000), metadata={"description": "at a time"}
    )
    annotator = fields.Nested(QuotaIn)
    marketplace = fields.Nested(QuotaIn)


class ModelUseIn(Body):
    """What predictions of registered models are for."""

    use = fields.String(
        validate=one_of("off", "hidden", "prelabel", "routing"),
        metadata={
            "description": "`hidden`: they have a say in what is decided; `routing`: also, tasks "
            "that are sure with them take fewer answers; `prelabel`: annotators are shown them, "
            "and they have no say"
        },
    )
    blind_share = fields.Float(
        validate=validate.Range(0, 1),
        metadata={
            "description": "of prelabels: the share of assignments that are shown none; of "
            "routing: the share of tasks that take overlap_min answers all the same"
        },
    )
    least_human = fields.Integer(
        strict=True,
        validate=validate.Range(0, 1000),
        metadata={"description": "of routing: answers a task takes at least, where it is sure"},
    )
    unsure_below = fields.Float(
        validate=validate.Range(0, 1),
        metadata={"description": "of routing: models alone that are less sure are unsure"},
    )
    unsure_requires = fields.List(
        fields.String(validate=NAME),
        validate=validate.Length(max=10),
        metadata={
            "description": "of routing: qualifications needed for tasks that models are unsure of"
        },
    )


class RulingPolicyIn(Body):
    """Who rules on disputes, and what follows."""

    second = fields.String(
        validate=one_of("never", "overturns", "always"),
        metadata={
            "description": "when a ruling waits until another person has said the same: where it "
            "contradicts what stands (`overturns`), `always` or `never`"
        },
    )
    audit_share = fields.Float(
        validate=validate.Range(0, 1),
        metadata={
            "description": "share of what the engine resolves from then on that is disputed by "
            "chance, so that its error can be measured"
        },
    )
    blind = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={"description": "who answered is hidden as long as a dispute is open"},
    )
    judges = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={
            "description": "pay follows rulings: answers are accepted, and for `annotator_error` "
            "those against the ruled label rejected"
        },
    )


class ConfigIn(Body):
    """How the project asks and when it is content."""

    answer_type = fields.String(
        validate=one_of("categorical", "ordinal", "multi-label", "numeric"),
        metadata={
            "description": "one label; one of a scale, whose order is that of `labels`; all "
            "labels that apply, perhaps none; or a `number`"
        },
    )
    question = fields.String(validate=validate.Length(max=10_000))
    labels = fields.List(fields.String(validate=LABEL), validate=validate.Length(max=200))
    number = fields.Nested(
        NumberIn, allow_none=True, metadata={"description": "with answer_type numeric"}
    )
    overlap_min = fields.Integer(strict=True, validate=validate.Range(1, 1000))
    overlap_max = fields.Integer(strict=True, validate=validate.Range(1, 1000))
    target_confidence = fields.Float(
        validate=validate.Range(0.5, 1, min_inclusive=False, max_inclusive=False)
    )
    lease_seconds = fields.Integer(strict=True, validate=validate.Range(1, 30 * 24 * 3600))
    expected_shares = fields.List(
        fields.Float(
            validate=validate.Range(0, 1),
            error_messages={"null": "Needed where other labels have one."},
        ),
        allow_none=True,
        validate=validate.Length(min=2, max=200),
        metadata={
            "description": "how often each label is expected, in the order of `labels`; null: as "
            "often as at the beginning"
        },
    )
    method = fields.String(validate=one_of(*FOR_PROJECTS, *ORDERED))
    strategy = fields.String(
        validate=one_of(*STRATEGIES),
        metadata={
            "description": "what goes next among tasks of the highest priority: any (`spread`), "
            "those with the fewest answers (`breadth`), with the most (`depth`), or those of which "
            "this annotator's answer tells most (`informative`)"
        },
    )
    gold = fields.Nested(GoldPolicyIn)
    limits = fields.Nested(LimitsIn)
    requires = fields.List(
        fields.String(validate=NAME),
        validate=validate.Length(max=10),
        metadata={"description": "qualifications an annotator needs"},
    )
    pools = fields.List(
        fields.String(validate=NAME),
        validate=validate.Length(max=10),
        metadata={"description": "only annotators in one of them get work; none: anybody does"},
    )
    probation = fields.Nested(
        ProbationIn,
        allow_none=True,
        metadata={"description": "null: new annotators work like the others from the beginning"},
    )
    whole_batches = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={"description": "tasks of one `batch` go to one annotator together"},
    )
    budget_answers = fields.Integer(strict=True, allow_none=True, validate=COUNT)
    deadline_at = fields.AwareDateTime(allow_none=True, default_timezone=UTC)
    guideline = fields.Integer(
        strict=True,
        allow_none=True,
        validate=COUNT,
        metadata={"description": "the version of the guideline in force; null: none"},
    )
    must_accept = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={"description": "no work for annotators who have not accepted the guideline"},
    )
    feedback = fields.String(
        validate=one_of("none", "summary", "coaching"),
        metadata={
            "description": "what an annotator is told of its quality: nothing, shares alone, or "
            "also which labels it confuses, with your examples"
        },
    )
    price = Money(
        allow_none=True,
        validate=payable,
        metadata={"description": "what an accepted answer earns; null: nothing"},
    )
    currency = fields.String(
        allow_none=True,
        validate=CURRENCY,
        metadata={"description": "needed with a price; fixed once annotators have begun"},
    )
    review_seconds = fields.Integer(
        strict=True,
        validate=validate.Range(0, 90 * 24 * 3600),
        metadata={
            "description": "how long an answer waits for a review before it is accepted by "
            "itself; 0: it is accepted when it is submitted"
        },
    )
    pay_excluded = fields.Boolean(
        truthy={True},
        falsy={False},
        metadata={
            "description": "answers that are excluded stay paid for; false: what they earned is "
            "taken back, and paid again when they count again"
        },
    )
    budget = Money(
        allow_none=True,
        metadata={
            "description": "leases stop when what is held and spent reaches it; null: no bound"
        },
    )
    models = fields.Nested(ModelUseIn)
    interface = fields.Nested(InterfaceIn)
    rulings = fields.Nested(RulingPolicyIn)

    @validates("labels")
    def _labels_differ(self, labels: list[str], data_key: str) -> None:
        if len(set(labels)) < len(labels):
            raise ValidationError("Each label may be named once.")


class ConfigOut(Schema):
    version = fields.Integer()
    answer_type = fields.String()
    question = fields.String()
    labels = fields.List(fields.String())
    overlap_min = fields.Integer()
    overlap_max = fields.Integer()
    target_confidence = fields.Float()
    lease_seconds = fields.Integer()
    expected_shares = fields.List(fields.Float(), allow_none=True)
    method = fields.String()
    strategy = fields.String()
    gold = fields.Nested(GoldPolicyIn)
    limits = fields.Nested(LimitsIn)
    requires = fields.List(fields.String())
    pools = fields.List(fields.String())
    probation = fields.Nested(ProbationIn, allow_none=True)
    whole_batches = fields.Boolean()
    budget_answers = fields.Integer(allow_none=True)
    deadline_at = fields.AwareDateTime(allow_none=True)
    guideline = fields.Integer(allow_none=True)
    must_accept = fields.Boolean()
    feedback = fields.String()
    price = Money(allow_none=True)
    currency = fields.String(allow_none=True)
    review_seconds = fields.Integer()
    pay_excluded = fields.Boolean()
    budget = Money(allow_none=True)
    models = fields.Nested(ModelUseIn)
    interface = fields.Nested(InterfaceIn)
    number = fields.Nested(NumberIn, allow_none=True)
    rulings = fields.Nested(RulingPolicyIn)
    created_at = fields.AwareDateTime()


class ConfigListOut(Schema):
    items = fields.List(fields.Nested(ConfigOut))
