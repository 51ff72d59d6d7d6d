"""Whether gold is predicted as often as other tasks are: else predictions would give it away."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from crowd.db import each, rows
from crowd.errors import Invalid

#: By how much the shares of predicted tasks may differ.
TOLERATED = 0.1


def require_even(session: Session, project_id: uuid.UUID) -> None:
    """Refuse to use predictions that are there for gold alone, or for all but gold.

    What is shown or not, or closes early or not, would tell which tasks are gold. Raises Invalid.
    """
    shares = {row.is_gold: row.share for row in rows(session, _COVER, project=project_id)}
    if len(shares) == 2 and abs(shares[True] - shares[False]) > TOLERATED:
        raise Invalid(
            f"Models have predicted {shares[True]:.0%} of the gold tasks and {shares[False]:.0%} "
            "of the others, which would give gold away. Send predictions of all tasks first.",
            errors={"models": {"use": ["gold is not predicted as often as other tasks are"]}},
        )


_COVER = f"""
SELECT is_gold, avg(
    EXISTS (
        SELECT FROM predictions p
        JOIN registered_models m ON m.project_id = p.project_id AND m.annotator_id = p.annotator_id
        WHERE {each("p.task_id", "t.id")} AND m.retired_at IS NULL
    )::int
)::float8 AS share
FROM tasks t WHERE project_id = %(project)s GROUP BY is_gold
"""
