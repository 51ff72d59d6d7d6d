"""Appeals: what annotators contest, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Appeal:
    """Against an action, a ban, an exclusion, or how an answer was judged."""

    id: str
    #: None: against a ban, which is of all projects.
    project_id: str | None
    annotator_id: str
    comment: str
    #: "open", "upheld" or "overturned".
    state: str
    created_at: datetime
    action_id: str | None = None
    answer_id: str | None = None
    ban_id: str | None = None
    exclusion_id: str | None = None
    closed_at: datetime | None = None
    reply: str | None = None


class Appeals:
    """What annotators contest, and what becomes of it."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def against_action(self, action_id: str, *, comment: str) -> Appeal:
        """Contest what was done about an annotator. Raises NotFound, Conflict."""
        return read(Appeal, self._api.post(f"/actions/{action_id}/appeals", {"comment": comment}))

    def against_judgement(self, answer_id: str, *, comment: str) -> Appeal:
        """Contest how an answer was judged. Raises NotFound, Conflict."""
        return read(Appeal, self._api.post(f"/answers/{answer_id}/appeals", {"comment": comment}))

    def against_ban(self, ban_id: str, *, comment: str) -> Appeal:
        """Contest a ban. Raises NotFound, Conflict."""
        return read(Appeal, self._api.post(f"/bans/{ban_id}/appeals", {"comment": comment}))

    def against_exclusion(self, exclusion_id: str, *, comment: str) -> Appeal:
        """Contest that answers are not paid for. Raises NotFound, Conflict."""
        body = {"comment": comment}
        return read(Appeal, self._api.post(f"/exclusions/{exclusion_id}/appeals", body))

    def list_against_bans(self, *, state: str | None = None) -> Iterator[Appeal]:
        """Read the appeals against your bans, as a requester."""
        return self._api.pages("/bans/appeals", Appeal, state=state)

    def list(self, project_id: str | None = None, *, state: str | None = None) -> Iterator[Appeal]:
        """Read the appeals in a project, or, as a marketplace, those of your annotators."""
        address = "/appeals" if project_id is None else f"/projects/{project_id}/appeals"
        return self._api.pages(address, Appeal, state=state)

    def rule(self, appeal_id: str, outcome: str, *, reply: str, **more: Any) -> Appeal:
        """Close one: "upheld" or "overturned". Raises NotFound, Conflict, Invalid."""
        body = {"outcome": outcome, "reply": reply, **more}
        return read(Appeal, self._api.post(f"/appeals/{appeal_id}/ruling", body))
