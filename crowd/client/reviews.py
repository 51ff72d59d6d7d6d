"""Reviews: whether answers are accepted, and so paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crowd.client.connection import Connection
from crowd.client.shapes import read


@dataclass(frozen=True, slots=True)
class Review:
    """A verdict on an answer; of several the highest number stands."""

    id: str
    answer_id: str
    number: int
    #: "accepted" or "rejected".
    verdict: str
    #: Why it was rejected.
    reason: str | None
    comment: str | None
    #: Accepted because nobody had reviewed it in time.
    by_time: bool
    created_at: datetime


class Reviews:
    """Whether answers are accepted, and so paid."""

    def __init__(self, connection: Connection) -> None:
        self._api = connection

    def accept(self, answer_id: str, *, comment: str | None = None) -> Review:
        """Accept an answer; it earns its price. Raises NotFound."""
        return read(
            Review, self._api.post(f"/answers/{answer_id}/acceptance", {"comment": comment})
        )

    def reject(self, answer_id: str, *, reason: str, comment: str | None = None) -> Review:
        """Reject an answer: wrong, careless, spam, duplicate or other. Raises NotFound, Invalid."""
        body = {"reason": reason, "comment": comment}
        return read(Review, self._api.post(f"/answers/{answer_id}/rejection", body))

    def of_answer(self, answer_id: str) -> Sequence[Review]:
        """Read the reviews of an answer, the newest first. Raises NotFound."""
        found = self._api.get(f"/answers/{answer_id}/reviews")["items"]
        return [read(Review, item) for item in found]
