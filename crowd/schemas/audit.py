"""Who changed what, when and why."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from crowd.schemas.fields import NAME, PageArgs, page_of


class AuditArgs(PageArgs):
    subject_id = fields.UUID(
        load_default=None, metadata={"description": "what was changed: a project, an annotator …"}
    )
    action = fields.String(
        load_default=None,
        validate=[NAME, validate.Regexp(r"^[a-z_]+(\.[a-z_]+)?$")],
        metadata={"description": "as `action.taken`; or a noun as `action`, for all about it"},
    )
    key_id = fields.UUID(load_default=None, metadata={"description": "by which key"})
    user_id = fields.UUID(load_default=None, metadata={"description": "by which user"})
    since = fields.AwareDateTime(data_key="from", load_default=None)
    until = fields.AwareDateTime(data_key="to", load_default=None)


class AuditEntryOut(Schema):
    id = fields.UUID(attribute="entry.id")
    action = fields.String(attribute="entry.action")
    subject_id = fields.UUID(attribute="entry.subject_id")
    key_id = fields.UUID(attribute="entry.api_key_id", allow_none=True)
    user_id = fields.UUID(attribute="entry.user_id", allow_none=True)
    key = fields.String(allow_none=True, metadata={"description": "the key's name"})
    user = fields.String(
        allow_none=True,
        metadata={"description": "the user's name; with no key either: a rule, or the operator"},
    )
    change = fields.Dict(
        attribute="entry.change", metadata={"description": "what is new, and the reason if any"}
    )
    created_at = fields.AwareDateTime(attribute="entry.created_at")


AuditEntryPage = page_of(AuditEntryOut)
