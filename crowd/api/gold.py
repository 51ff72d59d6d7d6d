"""Gold: tasks whose answer is known."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas.tasks import GoldIn, GoldOut
from crowd.services import gold

blp = Noun("gold", __name__, description="Known answers, hidden among the tasks.")


@blp.put("/tasks/<uuid:task_id>/gold")
@allow("gold:write")
@blp.arguments(GoldIn)
@blp.response(200, GoldOut)
def put(body: dict[str, Any], task_id: uuid.UUID) -> Any:
    """Say what the right answer of a task is."""
    with transaction() as session:
        return gold.put(session, g.caller, task_id, **body)


@blp.delete("/tasks/<uuid:task_id>/gold")
@allow("gold:write")
@blp.response(204)
def retire(task_id: uuid.UUID) -> None:
    """Make a task an ordinary one again."""
    with transaction() as session:
        gold.retire(session, g.caller, task_id)
