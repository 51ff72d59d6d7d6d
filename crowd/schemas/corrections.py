"""What became of the tasks that a model had predicted."""

from __future__ import annotations

from marshmallow import Schema, fields

from crowd.schemas.fields import Json, PageArgs, page_of


class CorrectionListArgs(PageArgs):
    differs = fields.Boolean(
        load_default=None,
        metadata={"description": "only where the model was wrong, or only where it was right"},
    )


class CorrectionOut(Schema):
    """A prediction beside the label that its task has in the end."""

    task_id = fields.UUID()
    external_id = fields.String()
    payload = Json(metadata={"type": "object"})
    prediction = fields.String()
    confidence = fields.Float(allow_none=True, metadata={"description": "how sure the model was"})
    label = fields.String()
    source = fields.String(metadata={"description": "`consensus`, `ruling` or `gold`"})
    certainty = fields.Float(metadata={"description": "how sure the label is"})
    differs = fields.Boolean()
    decided_at = fields.AwareDateTime()


CorrectionPage = page_of(CorrectionOut)
