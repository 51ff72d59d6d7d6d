"""Links to the annotation page: made by marketplaces, opened by their annotators.

A personal link is for one annotator. An open one is for whomever its parameters name: a
marketplace's own page signs them, so that nobody comes as somebody else; MTurk and Prolific fill
them in themselves, and cannot sign.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crowd.errors import Invalid, NotFound, Unauthenticated
from crowd.models import Annotator, WorkLink
from crowd.services import audit, projects
from crowd.services.paging import Page, one_page
from crowd.services.tenants import Caller

GONE = "This link is not valid any more. Go back to where you found it and open it again."


@dataclass(frozen=True, slots=True)
class NewLink:
    """A link that has just been made; token and secret can never be read again."""

    link: WorkLink
    token: str
    secret: str | None


def create(
    session: Session,
    caller: Caller,
    *,
    project_id: uuid.UUID,
    source: str = "direct",
    annotator: str | None = None,
    signed: bool = True,
    expires_at: datetime | None = None,
    **terms: Any,
) -> NewLink:
    """Make a link for one annotator, or an open one. Raises NotFound, Invalid.

    `signed`: of an open link of the marketplace's own, whether its parameters have to be signed.
    `terms`: batch, return_url, completion_code.
    """
    projects.find(session, caller, project_id)
    _refuse_nonsense(source, annotator, terms)
    if expires_at is not None and expires_at <= session.scalars(select(func.now())).one():
        raise Invalid("The link would be over already.", errors={"expires_at": ["in the past"]})
    is_signed = source == "direct" and annotator is None and signed
    token, secret = secrets.token_urlsafe(24), secrets.token_urlsafe(32) if is_signed else None
    link = WorkLink(
        tenant_id=caller.tenant_id,
        project_id=project_id,
        source=source,
        annotator_id=None if annotator is None else _annotator(session, caller, annotator),
        token_hash=hash_of(token),
        secret=secret,
        expires_at=expires_at,
        api_key_id=caller.key_id,
        user_id=caller.user_id,
        **terms,
    )
    session.add(link)
    session.flush()
    audit.note(session, caller, "work-link.created", link.id, project_id=project_id, source=source)
    return NewLink(link, token, secret)


def revoke(session: Session, caller: Caller, link_id: uuid.UUID) -> None:
    """End a link and the visits by it, at once. Raises NotFound. Twice changes nothing."""
    link = find(session, caller, link_id)
    session.refresh(link, with_for_update=True)
    if link.revoked_at is None:
        link.revoked_at = session.scalars(select(func.now())).one()
        session.flush()
        audit.note(session, caller, "work-link.revoked", link_id)


def find(session: Session, caller: Caller, link_id: uuid.UUID) -> WorkLink:
    """Read one of the caller's links. Raises NotFound."""
    link = session.scalar(select(WorkLink).filter_by(id=link_id, tenant_id=caller.tenant_id))
    if link is None:
        raise NotFound("There is no such link of yours.")
    return link


def one_page_of(
    session: Session,
    caller: Caller,
    *,
    project_id: uuid.UUID | None,
    after: uuid.UUID | None,
    limit: int,
) -> Page:
    """List the caller's links, the newest first; those that are over too."""
    query = select(WorkLink).where(WorkLink.tenant_id == caller.tenant_id)
    if project_id is not None:
        query = query.where(WorkLink.project_id == project_id)
    return one_page(session, query, WorkLink.id, after=after, limit=limit, newest_first=True)


def opened(session: Session, token: str) -> WorkLink:
    """Find the link that a token opens. Raises NotFound."""
    link = session.scalar(
        select(WorkLink).where(
            WorkLink.token_hash == hash_of(token),
            WorkLink.revoked_at.is_(None),
            WorkLink.expires_at.is_(None) | (WorkLink.expires_at > func.now()),
        )
    )
    if link is None:
        raise NotFound(GONE)
    return link


def verify(link: WorkLink, annotator: str, until: str, signature: str, now: datetime) -> None:
    """Make sure that the marketplace has named the annotator. Raises Unauthenticated.

    `until`: seconds since 1970; `signature`: see `sign`.
    """
    if link.secret is None:
        return
    expected = sign(link.secret, link.id, annotator, until)
    if not hmac.compare_digest(expected.encode(), signature.encode(errors="replace")):
        raise Unauthenticated("The address has been changed on its way. Open it again.")
    if not (until.isascii() and until.isdigit()) or int(until) <= now.timestamp():
        raise Unauthenticated("The address is too old. Go back and open it again.")


def sign(secret: str, link_id: uuid.UUID, annotator: str, until: str) -> str:
    """Sign who comes by a link, and until when: HMAC-SHA256 in hexadecimal."""
    said = f"{link_id}\n{annotator}\n{until}"
    return hmac.new(secret.encode(), said.encode(errors="replace"), hashlib.sha256).hexdigest()


def hash_of(token: str) -> bytes:
    """Hash a token; it is random and long, so that nothing slower is needed."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _annotator(session: Session, caller: Caller, name: str) -> uuid.UUID:
    query = select(Annotator.id).filter_by(tenant_id=caller.tenant_id, external_id=name)
    found = session.scalar(query)
    if found is None:
        raise NotFound(
            f"You have no annotator {name!r}. Register it first: POST /api/v1/annotators."
        )
    return found


def _refuse_nonsense(source: str, annotator: str | None, terms: dict[str, Any]) -> None:
    wrong: dict[str, list[str]] = {}
    if source != "direct" and annotator is not None:
        wrong["annotator"] = [f"{source} names its annotators itself"]
    if (source == "prolific") != (terms.get("completion_code") is not None):
        wrong["completion_code"] = ["needed for prolific, and for nothing else"]
    if (address := terms.get("return_url")) is not None:
        if source != "direct":
            wrong["return_url"] = [f"{source} has a place of its own where visits end"]
        elif urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
            wrong["return_url"] = ["not an http(s) address"]
    if wrong:
        raise Invalid("The link contradicts itself.", errors=wrong)
