"""Files of tasks, copied into the database as they are read."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from crowd.db import new_id
from crowd.errors import UnknownLabel
from crowd.models import ProjectConfig
from crowd.services import audit, configs, projects
from crowd.services.gold import check_label
from crowd.services.task_lines import LineProblem, TaskLine
from crowd.services.tenants import Caller

#: Problems told one by one; all are counted.
MAX_PROBLEMS = 1000
#: Lines, and about how many bytes, that a long import stores in one transaction.
PART_LINES = 5_000
PART_BYTES = 4_000_000


@dataclass(slots=True)
class ImportReport:
    received: int = 0
    created: int = 0
    rejected: int = 0
    problems: list[LineProblem] = field(default_factory=list)
    #: Problems there is room for.
    room: int = MAX_PROBLEMS

    def reject(self, problem: LineProblem) -> None:
        """Count a line that was left out, and tell why as long as there is room."""
        self.rejected += 1
        if len(self.problems) < self.room:
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
    report = add_lines(session, config, lines, ImportReport())
    audit.note(session, caller, "tasks.imported", project_id, created=report.created)
    return report


def add_lines(
    session: Session,
    config: ProjectConfig,
    lines: Iterable[TaskLine | LineProblem],
    report: ImportReport,
) -> ImportReport:
    """Add the good lines as tasks of the project a configuration is of, and report the others."""
    before = new_id()
    session.execute(text(_STAGE))
    cursor: Any = session.connection().connection.cursor()
    with cursor.copy(_COPY) as copy:
        copy.set_types(["int8", "uuid", "text", "text", "int4", "text", "text"])
        for row in _good_rows(lines, config, report):
            copy.write_row(row)
    _keep(session, config)
    _reject_duplicates(session, report)
    report.created = report.received - report.rejected
    report.problems.sort()
    session.execute(text("DROP TABLE import_lines"))
    # their ids are older than those of tasks that have come and been asked about meanwhile
    session.execute(text(_ASK_AGAIN), {"p": config.project_id, "before": before})
    return report


def _keep(session: Session, config: ProjectConfig) -> None:
    kinds = (("ordinary", False), ("gold", True))
    bounds = {
        f"{kind}_{name}": value
        for kind, is_gold in kinds
        for name, value in configs.bounds(config, is_gold=is_gold).items()
    }
    session.execute(text(_KEEP), {"p": config.project_id, **bounds})
    session.execute(text(_KEEP_GOLD), {"p": config.project_id})


def part_of(
    lines: Iterable[TaskLine | LineProblem], file: IO[bytes]
) -> Iterator[TaskLine | LineProblem]:
    """Read the next part of a file, and leave the file just behind it."""
    end = file.tell() + PART_BYTES
    for _, line in zip(range(PART_LINES), lines, strict=False):
        yield line
        if file.tell() >= end:
            return


def checked(line: TaskLine | LineProblem, config: ProjectConfig) -> TaskLine | LineProblem:
    """Hold the known answer of a line against what the project asks for."""
    if isinstance(line, LineProblem) or line.gold is None:
        return line
    try:
        return line._replace(gold=check_label(line.gold, config, field="gold"))
    except UnknownLabel as unknown:
        return LineProblem(line.number, "gold", f"{line.gold!r} is {unknown.errors['gold'][0]}")


def _good_rows(
    lines: Iterable[TaskLine | LineProblem], config: ProjectConfig, report: ImportReport
) -> Iterator[tuple[Any, ...]]:
    for line in lines:
        report.received += 1
        taken = checked(line, config)
        if isinstance(taken, LineProblem):
            report.reject(taken)
        else:
            number, external_id, payload, priority, batch, gold = taken
            yield number, new_id(), external_id, payload, priority, batch, gold


def _reject_duplicates(session: Session, report: ImportReport) -> None:
    left_out: int = session.execute(text(_COUNT_DUPLICATES)).scalar_one()
    if not left_out:
        return
    room = report.room - len(report.problems)
    for row in session.execute(text(_SHOW_DUPLICATES), {"room": room}):
        shown = json.dumps(row.external_id, ensure_ascii=False)
        why = f"{shown} is already taken in this project"
        report.problems.append(LineProblem(row.number, "external_id", why))
    report.rejected += left_out


# A staging table of the transaction's own: COPY is several times faster than INSERT, and the
# database finds the duplicates, within the file and before it, without our remembering a line.
_STAGE = """
CREATE TEMPORARY TABLE import_lines (
    number bigint, id uuid, external_id text, payload text, priority integer,
    batch text, gold text
) ON COMMIT DROP
"""
_COPY = "COPY import_lines FROM STDIN (FORMAT binary)"
_KEEP = """
INSERT INTO tasks (id, project_id, external_id, payload, priority, batch, state,
                   leased, answered, result_version, seen, is_gold, wanted, cap, step)
SELECT id, :p, external_id, CAST(payload AS jsonb), priority, batch, 'open',
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
_ASK_AGAIN = """
UPDATE registered_models SET asked_upto = :before WHERE project_id = :p AND asked_upto > :before
"""
_DUPLICATES = "FROM import_lines l WHERE NOT EXISTS (SELECT FROM tasks t WHERE t.id = l.id)"
_COUNT_DUPLICATES = f"SELECT count(*) {_DUPLICATES}"
_SHOW_DUPLICATES = f"SELECT l.number, l.external_id {_DUPLICATES} ORDER BY l.number LIMIT :room"
