"""Reports on quality."""

from __future__ import annotations

from marshmallow import Schema, fields

from crowd.schemas.fields import page_of


class QualityReportOut(Schema):
    """A report: asked for, then written once."""

    number = fields.Integer(metadata={"description": "from 1, by project"})
    config_version = fields.Integer(allow_none=True)
    guideline = fields.Integer(allow_none=True)
    run_number = fields.Integer(allow_none=True)
    error = fields.String(allow_none=True, metadata={"description": "why it was not written"})
    created_at = fields.AwareDateTime()
    written_at = fields.AwareDateTime(allow_none=True, metadata={"description": "null: not yet"})


class QualityReportDetailOut(QualityReportOut):
    content = fields.Dict(
        allow_none=True,
        metadata={
            "description": "`counts`; `agreement` (alpha, share of agreeing pairs); `gold`: how "
            "many labels and answers are right, by items decided as if nothing were known of them "
            "(sets as a whole, numbers but for the tolerance); "
            "`calibration` (bins, ece); `classes` (share, precision, recall; of sets: how often "
            "they hold the label); `numbers` (quantiles, histogram, errors; null where none is "
            "asked for); `confidence`; "
            "`disputes`; `models`; `cost`; versions of the settings and the guideline. Shares have "
            "their 95 % interval. null: it is not written yet"
        },
    )


QualityReportPage = page_of(QualityReportOut)
