"""Bonuses: what is paid beside the price."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas import bonuses as shapes
from crowd.services import bonuses

blp = Noun("bonuses", __name__, description="What is paid beside the price.")


@blp.post("/projects/<uuid:project_id>/bonuses")
@allow("payments:write")
@blp.arguments(shapes.BonusIn)
@blp.response(201, shapes.BonusOut)
def grant(body: dict[str, Any], project_id: uuid.UUID) -> Any:
    """Pay an annotator who took part. The same bonus under the same key is paid once.

    Another one under that key is 409. Budgets count bonuses, but stop none.
    """
    with transaction() as session:
        return bonuses.grant(session, g.caller, project_id, **body)
