"""Quality: what an annotator is told of its own."""

from __future__ import annotations

import uuid
from typing import Any

from flask import g

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.db import transaction
from crowd.schemas.quality import QualityOut
from crowd.services import quality

blp = Noun("quality", __name__, description="What annotators are told of their own quality.")


@blp.get("/projects/<uuid:project_id>/annotators/<uuid:annotator_id>/quality")
@allow("annotators:read")
@blp.response(200, QualityOut)
def read(project_id: uuid.UUID, annotator_id: uuid.UUID) -> Any:
    """Read how one of your annotators does in a project, to show it to the annotator.

    Shares are of whole blocks of twenty answers, and as all answers have it: nothing that is known
    beforehand of any task goes into them. 404 where the project tells nothing.
    """
    with transaction() as session:
        return quality.read(session, g.caller, project_id, annotator_id)
