"""What is shown of a project to who has not come in yet: nothing that is to be answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crowd.models import Example, Tenant, WorkLink
from crowd.services import projects
from crowd.services.configs import Offer
from crowd.services.tenants import Caller
from crowd.services.visits import SCOPES


@dataclass(frozen=True, slots=True)
class Preview:
    offer: Offer
    #: Of an example that the requester shows to everybody; None: it shows none.
    payload: Mapping[str, Any] | None


def read(session: Session, link: WorkLink) -> Preview:
    """Read what a link leads to; no task is looked at. Raises NotFound."""
    tenant = session.get_one(Tenant, link.tenant_id)
    caller = Caller(tenant.id, "marketplace", SCOPES, sandbox_of=tenant.sandbox_of)
    view = projects.find(session, caller, link.project_id)
    query = select(Example.payload).where(
        Example.project_id == link.project_id,
        Example.retired_at.is_(None),
        Example.payload.is_not(None),
    )
    payload = session.scalar(query.order_by(Example.id.desc()).limit(1))
    return Preview(Offer.of(view.config), payload)
