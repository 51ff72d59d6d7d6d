"""Qualifications of annotators."""

from __future__ import annotations

from datetime import UTC

from marshmallow import Schema, fields

from crowd.schemas.fields import Body


class QualificationIn(Body):
    expires_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        default_timezone=UTC,
        metadata={"description": "null: it does not end"},
    )


class QualificationOut(Schema):
    name = fields.String()
    annotator_id = fields.UUID()
    origin = fields.String(
        metadata={
            "description": "`granted` by hand; `tested`: a training was passed; `derived`: it "
            "follows from skill"
        }
    )
    attempt_id = fields.UUID(allow_none=True, metadata={"description": "the attempt that passed"})
    standard_id = fields.UUID(allow_none=True, metadata={"description": "the standard that is met"})
    expires_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()


class QualificationListOut(Schema):
    items = fields.List(fields.Nested(QualificationOut))
