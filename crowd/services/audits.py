"""A random sample of what the engine has resolved, for people to look at: how often is it wrong?

Drawn without regard to how sure the engine is, so that the rulings on it measure the error of all
labels, those of high confidence too.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.models import ProjectConfig
from crowd.services import projects
from crowd.services.answer_kinds import same, slack_of
from crowd.services.shares import Share
from crowd.services.tenants import Caller


@dataclass(frozen=True, slots=True)
class Audit:
    """What rulings on the sample say of the engine's labels."""

    #: Tasks drawn so far, and those of them ruled on.
    drawn: int
    ruled: int
    #: Rulings that are not what the engine had resolved, of all rulings on the sample.
    wrong: Share


def drawn(config: ProjectConfig, task_ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Pick the tasks that are in a project's sample: once and for all, by their ids."""
    share = config.rulings["audit_share"]
    return [task_id for task_id in task_ids if share and _is_drawn(task_id, share)]


def read(session: Session, caller: Caller, project_id: uuid.UUID) -> Audit:
    """Estimate how often the engine is wrong. Costs a walk over the project's disputes.

    Raises NotFound.
    """
    slack = slack_of(projects.find_own(session, caller, project_id).config)
    (row,) = rows(session, _AUDIT, project=project_id, slack=slack)
    return Audit(row.drawn, row.ruled, Share.among(row.wrong, row.ruled))


def _is_drawn(task_id: uuid.UUID, share: float) -> bool:
    number = hashlib.blake2b(task_id.bytes, digest_size=8, person=b"audit").digest()
    return int.from_bytes(number) < share * 2**64


# what the engine had said is the version that stood when the dispute was opened
_AUDIT = f"""
SELECT count(*) AS drawn, count(h.ruling_id) AS ruled,
       count(*) FILTER (WHERE h.ruling_id IS NOT NULL AND {same("h.label", "r.label")} IS NOT TRUE)
           AS wrong
FROM disputes d
LEFT JOIN standing_rulings h ON h.task_id = d.task_id
LEFT JOIN results r ON r.task_id = d.task_id AND r.version = d.result_version
WHERE d.project_id = %(project)s AND 'audit' = ANY (d.causes)
"""
