"""The same done about many annotators."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from crowd.schemas.fields import Body, one_of
from crowd.schemas.rules import PAUSE, TRAINING, WHY
from crowd.schemas.track_records import WantedIn

KINDS = (
    "warn",
    "restrict",
    "pause",
    "retrain",
    "block",
    "exclude",
    "unblock",
    "invite",
    "keep_out",
    "move",
)


class ActIn(Body):
    """What is done, why, and to whom by name."""

    kind = fields.String(
        required=True,
        validate=one_of(*KINDS),
        metadata={
            "description": "`warn` to `exclude`: as single actions; `unblock`: undo those in force "
            "that keep from work; `invite`, `keep_out`, `move`: by hand into or out of pools"
        },
    )
    reason = fields.String(required=True, validate=validate.Length(1, 1000), metadata=WHY)
    annotator_ids = fields.List(
        fields.UUID(),
        validate=validate.Length(1, 500),
        metadata={"description": "whom; or all that a `filter` means"},
    )
    pause_seconds = fields.Integer(strict=True, validate=PAUSE)
    training_id = fields.UUID(metadata=TRAINING)
    pool_id = fields.UUID(metadata={"description": "with `invite`, `keep_out` and `move`"})
    from_pool_id = fields.UUID(metadata={"description": "with `move`: out of this one"})


class BulkActIn(ActIn):
    wanted = fields.Nested(WantedIn, data_key="filter")

    @validates_schema
    def _one_way(self, body: dict[str, Any], **kwargs: Any) -> None:
        if ("annotator_ids" in body) == ("wanted" in body):
            raise ValidationError("Name annotators, or a filter, and not both.", "annotator_ids")
