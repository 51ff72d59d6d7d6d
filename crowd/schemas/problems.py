"""The one shape of every error (RFC 9457)."""

from __future__ import annotations

from marshmallow import Schema, fields


class ProblemOut(Schema):
    """application/problem+json"""

    type = fields.String(metadata={"description": "Where the code is explained."})
    title = fields.String()
    status = fields.Integer()
    code = fields.String(metadata={"description": "Stable; decide by this, not by the text."})
    detail = fields.String(metadata={"description": "What is wrong and what to do."})
    errors = fields.Dict(metadata={"description": "What is wrong with which field."})
    request_id = fields.String()
