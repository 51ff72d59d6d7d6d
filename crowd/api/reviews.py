"""Reviews: whether answers are accepted, and so paid."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import reviews as shapes
from crowd.services import reviews

blp = Noun("reviews", __name__, description="Whether answers are accepted, and so paid.")


@blp.post("/answers/<uuid:answer_id>/acceptance")
@allow("reviews:write")
@blp.arguments(shapes.AcceptanceIn)
@blp.response(200, shapes.ReviewOut)
def accept(body: dict[str, Any], answer_id: uuid.UUID) -> Any:
    """Accept an answer: it earns its price, again where it had been rejected.

    The same verdict twice changes nothing. What the answer counts for does not depend on it.
    """
    with transaction() as session:
        return reviews.accept(session, g.caller, answer_id, **body)


@blp.post("/answers/<uuid:answer_id>/rejection")
@allow("reviews:write")
@blp.arguments(shapes.RejectionIn)
@blp.response(200, shapes.ReviewOut)
def reject(body: dict[str, Any], answer_id: uuid.UUID) -> Any:
    """Reject an answer: it earns nothing, and what it had earned is taken back.

    The same verdict twice changes nothing. What the answer counts for does not depend on it.
    """
    with transaction() as session:
        return reviews.reject(session, g.caller, answer_id, **body)


@blp.get("/answers/<uuid:answer_id>/reviews")
@allow("payments:read")
@blp.response(200, shapes.ReviewListOut)
def list_reviews(answer_id: uuid.UUID) -> dict[str, Any]:
    """List the reviews of an answer, the newest first: that one stands."""
    with transaction() as session:
        return {"items": reviews.of_answer(session, g.caller, answer_id)}
