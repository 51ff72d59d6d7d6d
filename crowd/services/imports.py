"""Files of tasks, copied into the database as they are read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.models import ProjectConfig
from crowd.services import audit, configs, projects
from crowd.services.tenants import Caller

#: Problems told one by one; all are counted.
MAX_PROBLEMS = 1000


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task as a line of a file gives it."""

    number: int
    external_id: str
    #: The payload as JSON text, checked to be storable.
    payload: str
    priority: int = 0
    gold: str | None = None


@dataclass(frozen=True, slots=True)
class LineProblem:
    """Why a line was left out: its number from 1, the field, and what is wrong with it."""

    line: int
    field: str
    problem: str


@dataclass(slots=True)
class ImportReport:
    received: int = 0
    created: int = 0
    rejected: int = 0
    problems: list[LineProblem] = field(default_factory=list)

    def reject(self, problem: LineProblem) -> None:
        """Count a line that was left out, and tell why as long as there is room."""
        self.rejected += 1
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(problem)


def import_tasks(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    lines: Iterable[TaskLine | LineProblem],
) -> ImportReport:
    """Add the good lines of a file as tasks and report the others. Memory does not grow with it.

    Raises NotFound.
    """
    config = projects.find(session, caller, project_id).config
    report = ImportReport()
    session.execute(text(_STAGE))
    cursor: Any = session.connection().connection.cursor()
    with cursor.copy(_COPY) as copy:
        copy.set_types(["int8", "uuid", "text", "text", "int4", "text"])
        for row in _good_rows(lines, config, report):
            copy.write_row(row)
    kinds = (("ordinary", False), ("gold", True))
    bounds = {
        f"{kind}_{name}": value
        for kind, is_gold in kinds
        for name, value in configs.bounds(config, is_gold=is_gold).items()
    }
    session.execute(text(_KEEP), {"p": project_id, **bounds})
    session.execute(text(_KEEP_GOLD), {"p": project_id})
    _reject_duplicates(session, report)
    report.created = report.received - report.rejected
    report.problems.sort(key=lambda problem: problem.line)
    session.execute(text("DROP TABLE import_lines"))
    audit.note(session, caller, "tasks.imported", project_id, created=report.created)
    return report


def _good_rows(
    lines: Iterable[TaskLine | LineProblem], config: ProjectConfig, report: ImportReport
) -> Iterator[tuple[Any, ...]]:
    labels = frozenset(config.labels)
    for line in lines:
        report.received += 1
        if isinstance(line, LineProblem):
            report.reject(line)
        elif line.gold is not None and line.gold not in labels:
            known = ", ".join(config.labels)
            report.reject(LineProblem(line.number, "gold", f"{line.gold!r} is not one of: {known}"))
        else:
            yield (
                line.number,
                new_id(),
                line.external_id,
                line.payload,
                line.priority,
                line.gold,
            )


def _reject_duplicates(session: Session, report: ImportReport) -> None:
    left_out: int = session.execute(text(_COUNT_DUPLICATES)).scalar_one()
    room = MAX_PROBLEMS - len(report.problems)
    for row in session.execute(text(_SHOW_DUPLICATES), {"room": room}):
        shown = json.dumps(row.external_id, ensure_ascii=False)
        why = f"{shown} is already taken in this project"
        report.problems.append(LineProblem(row.number, "external_id", why))
    report.rejected += left_out


# A staging table of the transaction's own: COPY is several times faster than INSERT, and the
# database finds the duplicates, within the file and before it, without our remembering a line.
_STAGE = """
CREATE TEMPORARY TABLE import_lines (
    number bigint, id uuid, external_id text, payload text, priority integer, gold text
) ON COMMIT DROP
"""
_COPY = "COPY import_lines FROM STDIN (FORMAT binary)"
_KEEP = """
INSERT INTO tasks (id, project_id, external_id, payload, priority, state,
                   leased, answered, result_version, seen, is_gold, wanted, cap, step)
SELECT id, :p, external_id, CAST(payload AS jsonb), priority, 'open',
       0, 0, 0, 0, k.is_gold, k.wanted, k.cap, k.step
FROM import_lines l JOIN (VALUES
    (:ordinary_is_gold, :ordinary_wanted, :ordinary_cap, :ordinary_step),
    (:gold_is_gold, :gold_wanted, :gold_cap, :gold_step)
) k (is_gold, wanted, cap, step) ON k.is_gold = (l.gold IS NOT NULL)
ORDER BY number
ON CONFLICT (project_id, external_id) DO NOTHING
"""
_KEEP_GOLD = """
INSERT INTO gold (id, project_id, task_id, label)
SELECT gen_random_uuid(), :p, import_lines.id, gold FROM import_lines JOIN tasks USING (id)
WHERE gold IS NOT NULL
"""
_DUPLICATES = "FROM import_lines l WHERE NOT EXISTS (SELECT FROM tasks t WHERE t.id = l.id)"
_COUNT_DUPLICATES = f"SELECT count(*) {_DUPLICATES}"
_SHOW_DUPLICATES = f"SELECT l.number, l.external_id {_DUPLICATES} ORDER BY l.number LIMIT :room"
