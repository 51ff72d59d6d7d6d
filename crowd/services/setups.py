"""How far a draft is on its way to its first answer."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy.orm import Session

from crowd.db import rows


@dataclass(frozen=True, slots=True)
class Setup:
    """What a project has of what it needs before it can begin."""

    has_items: bool
    was_tried: bool
    is_open: bool


def of(session: Session, project_id: uuid.UUID) -> Setup:
    """Look what a project has. One statement, which stops at the first row of each kind."""
    return Setup(*rows(session, _SETUP, project=project_id)[0])


_SETUP = """
SELECT EXISTS (SELECT FROM tasks WHERE project_id = %(project)s) AS has_items,
       EXISTS (SELECT FROM rehearsals WHERE project_id = %(project)s) AS was_tried,
       EXISTS (SELECT FROM project_marketplaces WHERE project_id = %(project)s) AS is_open
"""
