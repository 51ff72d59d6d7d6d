"""The one shape of every error (RFC 9457)."""

from __future__ import annotations

from marshmallow import Schema, fields


class ProblemOut(Schema):
    """application/problem+json"""

    type = fields.String(required=True, metadata={"description": "Where the code is explained."})
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(
        required=True, metadata={"description": "Stable; decide by this, not by the text."}
    )
    detail = fields.String(required=True, metadata={"description": "What is wrong and what to do."})
    errors = fields.Dict(metadata={"description": "What is wrong with which field."})
    request_id = fields.String(required=True)
