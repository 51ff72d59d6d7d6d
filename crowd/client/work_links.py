"""Links to the annotation page, for marketplaces that have no page of their own."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class WorkLink:
    id: str
    project_id: str
    #: "direct", "mturk" or "prolific".
    source: str
    signed: bool
    created_at: datetime
    #: None: open.
    annotator_id: str | None = None
    #: Answers in a visit; None: as many as there is work.
    batch: int | None = None
    return_url: str | None = None
    completion_code: str | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewWorkLink:
    """A link that has just been made. Keep `url` and `secret`: they are shown this once."""

    link: WorkLink
    url: str
    secret: str | None = None

    def address_for(self, annotator: str, *, valid_for: float = 3600) -> str:
        """Write the address by which one of your annotators comes, for so many seconds."""
        named = {"annotator": annotator, "until": str(int(time.time() + valid_for))}
        if self.secret is not None:
            said = f"{self.link.id}\n{annotator}\n{named['until']}".encode()
            named["signature"] = hmac.new(self.secret.encode(), said, hashlib.sha256).hexdigest()
        return f"{self.url}?{urlencode(named)}"


@dataclass(frozen=True, slots=True)
class Visit:
    """An annotator who has come by a link."""

    id: str
    annotator_id: str
    #: MTurk's assignmentId, Prolific's SESSION_ID; else empty.
    reference: str
    answers: int
    created_at: datetime
    ended_at: datetime | None = None


class WorkLinks:
    """Ways in to the annotation page."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def create(
        self, project_id: str, *, expires_at: datetime | None = None, **terms: Any
    ) -> NewWorkLink:
        """Make a link: annotator, source, signed, batch, return_url, completion_code.

        Raises NotFound, Invalid.
        """
        body = {"project_id": project_id, **terms}
        if expires_at is not None:
            body["expires_at"] = expires_at.isoformat()
        return read(NewWorkLink, self._api.post("/work-links", body))

    def list(self, *, project_id: str | None = None) -> Iterator[WorkLink]:
        """Read your links, the newest first; those that are over too."""
        return self._api.pages("/work-links", WorkLink, project_id=project_id)

    def revoke(self, link_id: str) -> None:
        """End a link and the visits by it, at once. Raises NotFound."""
        self._api.delete(f"/work-links/{link_id}")

    def visits(self, link_id: str) -> Iterator[Visit]:
        """Read the visits by a link, the newest first. Raises NotFound."""
        return self._api.pages(f"/work-links/{link_id}/visits", Visit)
