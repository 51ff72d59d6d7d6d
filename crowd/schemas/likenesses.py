"""Who answers like whom."""

from __future__ import annotations

from marshmallow import Schema, fields

from crowd.schemas.fields import PageArgs, page_of


class LikenessOut(Schema):
    """What a fit found of an annotator and the one most like it."""

    id = fields.UUID()
    annotator_id = fields.UUID()
    partner_id = fields.UUID()
    run_number = fields.Integer()
    common = fields.Integer(metadata={"description": "tasks that both have answered"})
    same = fields.Integer(metadata={"description": "those on which they said the same"})
    chance = fields.Float(
        metadata={
            "description": "bound on the chance of as much likeness to anybody, for one who "
            "answers independently; above 0.05 nothing is kept"
        }
    )
    created_at = fields.AwareDateTime()


class LikenessListArgs(PageArgs):
    annotator_id = fields.UUID(load_default=None)


LikenessPage = page_of(LikenessOut)
