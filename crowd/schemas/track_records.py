"""How annotators do in a project: lists in any order, one by one, and the best of them."""

from __future__ import annotations

import base64
import binascii
import uuid
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from marshmallow import Schema, ValidationError, fields, post_load, validate

from crowd.schemas.examples import ExampleOut
from crowd.schemas.fields import LABEL, Body, Cursor, Money, PageArgs, one_of, page_of
from crowd.schemas.prelabels import ShareOut
from crowd.schemas.rules import ActionOut

SORTED_BY = (
    "accuracy_low",
    "accuracy",
    "answers",
    "gold_low",
    "agreement_low",
    "median_s",
    "spent",
    "last_answer_at",
)
FLAGS = (
    "spammer",
    "copying",
    "drift",
    "probation",
    "blocked",
    "barred",
    "paused",
    "restricted",
    "retraining",
    "idle",
)


class SortedCursor(Cursor):
    """Where a page of a sorted list starts: what it is sorted by, and an id."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        if value is None:
            return None
        return base64.urlsafe_b64encode(orjson.dumps([value[0], str(value[1])])).decode()

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            key, last = orjson.loads(base64.urlsafe_b64decode(str(value).encode("ascii")))
            return str(key), uuid.UUID(last)
        except (binascii.Error, ValueError, TypeError, AttributeError):
            raise self.make_error("invalid") from None


class WantedIn(Body):
    """Which annotators of a project are meant: all of what is named has to be true of them."""

    marketplace_id = fields.UUID(load_default=None)
    pool_id = fields.UUID(load_default=None, metadata={"description": "in one of your pools"})
    flag = fields.String(load_default=None, validate=one_of(*FLAGS))
    least_answers = fields.Integer(load_default=None, validate=validate.Range(1, 10**9))
    surely_below = fields.Float(
        load_default=None,
        validate=validate.Range(0, 1),
        metadata={"description": "the whole interval of their accuracy is below this"},
    )
    surely_above = fields.Float(load_default=None, validate=validate.Range(0, 1))


class RecordListArgs(WantedIn):
    sort = fields.String(
        load_default="accuracy_low",
        validate=one_of(*SORTED_BY, *(f"-{name}" for name in SORTED_BY)),
        metadata={"description": "a `-` before it: the highest first"},
    )
    after = SortedCursor(data_key="cursor", load_default=None)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 500))

    @post_load
    def _apart(self, args: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        """Take the filter apart from the order and the page."""
        sort = args.pop("sort")
        page = {"after": args.pop("after"), "limit": args.pop("limit")}
        if page["after"] is not None:
            page["after"] = _key_of(sort.removeprefix("-"), page["after"][0]), page["after"][1]
        order = {"sort": sort.removeprefix("-"), "descending": sort.startswith("-")}
        return {"wanted": args, **order, **page}


class TrackRecordOut(Schema):
    """How an annotator has done in a project."""

    annotator_id = fields.UUID()
    marketplace_id = fields.UUID()
    marketplace = fields.String()
    accuracy = fields.Float(metadata={"description": "by the newest fit; 0 to 1 before the first"})
    accuracy_low = fields.Float(metadata={"description": "of its 95 % interval"})
    accuracy_high = fields.Float()
    answers = fields.Integer()
    gold_seen = fields.Integer()
    gold_correct = fields.Integer()
    compared = fields.Integer(
        metadata={"description": "of the last 200 answers: to tasks that others had a part in"}
    )
    agreed = fields.Integer(metadata={"description": "of these, with what the task came to"})
    agreement_low = fields.Float(metadata={"description": "lower bound of that share"})
    median_s = fields.Float(metadata={"description": "seconds an answer takes"})
    spent = Money(metadata={"description": "what it has earned"})
    last_answer_at = fields.AwareDateTime()
    updated_at = fields.AwareDateTime()
    flags = fields.List(fields.String(), metadata={"description": f"of: {', '.join(FLAGS)}"})


class TrackRecordPage(Schema):
    items = fields.List(fields.Nested(TrackRecordOut), required=True)
    next_cursor = SortedCursor(attribute="next_after", required=True, allow_none=True)


class RecordDayOut(Schema):
    day = fields.Date()
    answers = fields.Integer()
    median_s = fields.Float()
    agreement = fields.Nested(ShareOut)


class PastSkillOut(Schema):
    run_number = fields.Integer()
    created_at = fields.AwareDateTime()
    accuracy = fields.Float()
    accuracy_low = fields.Float()
    accuracy_high = fields.Float()
    answers = fields.Integer()


class HeldQualificationOut(Schema):
    name = fields.String()
    origin = fields.String()
    expires_at = fields.AwareDateTime(allow_none=True)


class InPoolOut(Schema):
    id = fields.UUID()
    name = fields.String()


class HistoryOut(Schema):
    """One annotator's work in a project."""

    record = fields.Nested(TrackRecordOut)
    labels = fields.List(fields.String(), metadata={"description": "the order in `confusion`"})
    confusion = fields.List(
        fields.List(fields.Float()),
        allow_none=True,
        metadata={"description": "rows: the true label; columns: what it says; shares"},
    )
    days = fields.List(fields.Nested(RecordDayOut), metadata={"description": "the oldest first"})
    skills = fields.List(fields.Nested(PastSkillOut), metadata={"description": "fit by fit"})
    actions = fields.List(fields.Nested(ActionOut), metadata={"description": "in force"})
    qualifications = fields.List(fields.Nested(HeldQualificationOut))
    pools = fields.List(fields.Nested(InPoolOut))


class AnswersOfArgs(PageArgs):
    differs = fields.Boolean(
        load_default=None,
        metadata={"description": "only those that differ from the result, or only the others"},
    )


class AnswerBesideOut(Schema):
    """An answer beside what became of its task."""

    id = fields.UUID()
    task_id = fields.UUID()
    task = fields.String(metadata={"description": "your own name for it"})
    label = fields.String()
    submitted_at = fields.AwareDateTime()
    time_spent_s = fields.Float()
    task_state = fields.String()
    consensus = fields.String(allow_none=True, metadata={"description": "the most probable label"})
    confidence = fields.Float(allow_none=True)
    answers_seen = fields.Integer(allow_none=True)
    probability = fields.Float(
        allow_none=True, metadata={"description": "of the label it gave, by all answers"}
    )
    gold = fields.String(allow_none=True)
    excluded = fields.Boolean()


class LeaderboardArgs(Body):
    by = fields.String(load_default="skill", validate=one_of("skill", "agreement", "speed"))
    label = fields.String(
        load_default=None,
        validate=LABEL,
        metadata={"description": "rank by how many items of this label they get right instead"},
    )
    least_answers = fields.Integer(load_default=20, validate=validate.Range(1, 10**9))

    @post_load
    def _by_label(self, args: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return {**args, "by": "label"} if args["label"] is not None else args


class PlaceOut(Schema):
    record = fields.Nested(TrackRecordOut)
    value = fields.Float(metadata={"description": "what it is ranked by"})


class LeaderboardOut(Schema):
    places = fields.List(fields.Nested(PlaceOut))
    examples = fields.List(fields.Nested(ExampleOut), metadata={"description": "of the project"})


def _key_of(column: str, text: str) -> str:
    """Let through only what the database can take for a value of the column."""
    try:
        if column == "last_answer_at":
            return datetime.fromisoformat(text).isoformat()
        number = Decimal(text)
        if not abs(number) < _MOST:
            raise ValidationError(Cursor.default_error_messages["invalid"], "cursor")
        return f"{int(number) if column == 'answers' else number:f}"
    except (ValueError, ArithmeticError):
        raise ValidationError(Cursor.default_error_messages["invalid"], "cursor") from None


#: No count, and no amount, is higher.
_MOST = Decimal(2**31)
AnswerBesidePage = page_of(AnswerBesideOut)
