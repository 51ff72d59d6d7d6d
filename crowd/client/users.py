"""People who sign in to the console."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from crowd.client.connection import Connection, body_of
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class User:
    """A person at the console, and what it may do for you."""

    id: str
    email: str
    name: str
    roles: tuple[str, ...]
    created_at: datetime
    disabled_at: datetime | None = None
    #: Lets the person in once; only of one who has just been invited and was not known before.
    link: str | None = None


class Users:
    """The people who work for you at the console."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def invite(self, email: str, name: str, *, roles: Sequence[str]) -> User:
        """Invite a person; send the link on. Raises Conflict, Invalid, MissingScope."""
        body = {"email": email, "name": name, "roles": list(roles)}
        return read(User, self._api.post("/users", body))

    def list(self) -> Iterator[User]:
        """Read the people who work for you."""
        return self._api.pages("/users", User)

    def change(self, user_id: str, *, roles: Sequence[str]) -> User:
        """Give a person other roles. Raises Conflict, Invalid, MissingScope, NotFound."""
        return read(
            User,
            body_of(self._api.send("PATCH", f"/users/{user_id}", body={"roles": list(roles)})),
        )

    def remove(self, user_id: str) -> None:
        """End a person's work for you. Raises Conflict, MissingScope, NotFound."""
        self._api.delete(f"/users/{user_id}")

    def make_link(self, user_id: str) -> str:
        """Make a link that lets a person in once. Raises Conflict, MissingScope, NotFound."""
        link: str = self._api.post(f"/users/{user_id}/link", {})["link"]
        return link
