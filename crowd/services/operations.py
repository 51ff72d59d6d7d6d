"""Long imports, exports and bulk acts, done in the background part by part; what-ifs in one.

A part is one transaction: what it stores and how far it has come are one commit. Whoever is killed
on the way has done whole parts only; the next goes on behind them. The row's lock keeps two
workers with the same message one behind the other.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import IO, Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from crowd.errors import NotFound
from crowd.models import Operation, RejectedLine
from crowd.services import audit, bulk_acts, exports, outbox, projects, spool
from crowd.services.imports import ImportReport, add_lines, part_of
from crowd.services.paging import Page, one_page
from crowd.services.task_lines import BadLine, TaskFile
from crowd.services.tenants import Caller

#: An operation and its file are kept for so long after its end.
KEPT_FOR = timedelta(days=7)
#: A file that nobody goes on with is kept for so long.
HELD_FOR = timedelta(days=1)
#: Lines of an export written in one transaction.
PART_LINES = 10_000
#: Errors of ours in a row after which an operation is given up.
MAX_TRIES = 5
ACTIVE = ("queued", "running")


def start_import(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    form: str,
    file: IO[bytes],
    *,
    hold: bool = False,
) -> Operation:
    """Keep a file of tasks, to be imported in the background. Raises NotFound.

    With `hold` it waits, for a day, until it is gone on with: see `previews`.
    """
    projects.find(session, caller, project_id)
    operation = _add(session, caller, project_id, kind="import", form=form, state="held")
    operation.size = operation.total = spool.write(session, operation.id, file)
    if not hold:
        queue(session, caller, operation)
    session.flush()
    return operation


def start_export(
    session: Session, caller: Caller, project_id: uuid.UUID, *, what: str, form: str
) -> Operation:
    """Ask for a file of one kind, to be written in the background. Raises NotFound."""
    projects.find(session, caller, project_id)
    total = exports.count(session, project_id, what)
    return start(session, caller, project_id, kind="export", what=what, form=form, total=total)


def start_bulk_act(
    session: Session, caller: Caller, project_id: uuid.UUID, **act: Any
) -> Operation:
    """Ask for the same act about many annotators. Raises what `bulk_acts.request_of` does."""
    request = bulk_acts.request_of(session, caller, project_id, **act)
    total = len(request["annotator_ids"])
    said = {name: one for name, one in request.items() if name not in ("annotator_ids", "scopes")}
    said["annotators"] = total
    return start(session, caller, project_id, kind="act", total=total, said=said, request=request)


def queue(
    session: Session,
    caller: Caller,
    operation: Operation,
    said: Mapping[str, Any] | None = None,
) -> None:
    """Have an operation done in the background, or gone on with where it failed.

    `said` goes into the log; without, what file it is about.
    """
    operation.state, operation.tries = "queued", 0
    operation.error = operation.finished_at = None
    about = {"form": operation.form, "what": operation.what}
    told = {name: one for name, one in about.items() if one is not None} if said is None else said
    topic, project_id = f"{operation.kind}.requested", operation.project_id
    audit.note(session, caller, topic, project_id, operation_id=str(operation.id), **told)
    outbox.publish(session, topic, project_id=project_id, subject_ids=[operation.id])


def find(
    session: Session, caller: Caller, operation_id: uuid.UUID, *, lock: bool = False
) -> Operation:
    """Read an operation of the caller's own. Raises NotFound for any other."""
    query = select(Operation).filter_by(id=operation_id, tenant_id=caller.tenant_id)
    operation = session.scalar(query.with_for_update() if lock else query)
    if operation is None:
        raise NotFound("There is no such operation; an old one is forgotten a week after its end.")
    return operation


def one_page_of(
    session: Session,
    caller: Caller,
    *,
    after: uuid.UUID | None,
    limit: int,
    project_id: uuid.UUID | None = None,
) -> Page:
    """List the caller's operations, of a project or all, the oldest first."""
    query = select(Operation).filter_by(tenant_id=caller.tenant_id)
    if project_id is not None:
        query = query.where(Operation.project_id == project_id)
    return one_page(session, query, Operation.id, after=after, limit=limit)


def newest_of(
    session: Session, caller: Caller, project_id: uuid.UUID, kind: str, *, most: int = 10
) -> Sequence[Operation]:
    """List a project's newest imports, or exports. One look-up: a week's are few."""
    query = select(Operation).filter_by(
        tenant_id=caller.tenant_id, project_id=project_id, kind=kind
    )
    return session.scalars(query.order_by(Operation.id.desc()).limit(most)).all()


def find_file(session: Session, caller: Caller, operation_id: uuid.UUID) -> Operation:
    """Find an export whose file is complete. Raises NotFound."""
    operation = find(session, caller, operation_id)
    if operation.kind != "export" or operation.state != "done":
        raise NotFound("There is no file: it is there once an export's state is done.")
    return operation


def cancel(session: Session, caller: Caller, operation_id: uuid.UUID) -> Operation:
    """Stop an operation that still goes on; what it has imported stays. Raises NotFound."""
    operation = find(session, caller, operation_id, lock=True)
    if operation.state in (*ACTIVE, "held"):
        finish(session, operation, "cancelled")
    return operation


def go_on(session: Session, operation_id: uuid.UUID) -> bool:
    """Do the next part of an operation; tells whether there is more to do."""
    operation = session.scalar(select(Operation).filter_by(id=operation_id).with_for_update())
    if operation is None or operation.state not in ACTIVE:
        return False
    if operation.state == "queued":
        operation.state, operation.started_at = "running", session.scalar(select(func.now()))
    operation.tries = 0
    if operation.kind == "import":
        _import_part(session, operation)
    elif operation.kind == "export":
        _export_part(session, operation)
    elif bulk_acts.act_on_next(session, operation):
        finish(session, operation, "done")
    return operation.state == "running"


def note_error(session: Session, operation_id: uuid.UUID) -> bool:
    """Count an error of ours; tells whether another try is worth while."""
    operation = session.scalar(select(Operation).filter_by(id=operation_id).with_for_update())
    if operation is None or operation.state not in ACTIVE:
        return False
    operation.tries += 1
    if operation.tries >= MAX_TRIES:
        operation.error = "Something went wrong on our side, several times. Please tell us the id."
        finish(session, operation, "failed")
    return operation.state in ACTIVE


def forget_old(session: Session) -> None:
    """Remove operations, with their files, a week after their end, and files left lying."""
    session.execute(delete(Operation).where(Operation.finished_at < func.now() - KEPT_FOR))
    left = Operation.finished_at.is_(None), Operation.state == "held"
    session.execute(delete(Operation).where(*left, Operation.created_at < func.now() - HELD_FOR))


def start(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    said: Mapping[str, Any] | None = None,
    **row: Any,
) -> Operation:
    """Ask for something that is done in the background; `said` goes into the log."""
    operation = _add(session, caller, project_id, state="queued", **row)
    queue(session, caller, operation, said)
    return operation


def _add(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    total: int = 0,
    **row: Any,
) -> Operation:
    operation = Operation(
        tenant_id=caller.tenant_id,
        api_key_id=caller.key_id,
        user_id=caller.user_id,
        project_id=project_id,
        total=total,
        **row,
    )
    session.add(operation)
    session.flush()
    return operation


def _import_part(session: Session, operation: Operation) -> None:
    assert operation.form is not None
    file = spool.open_file(session, operation.id)
    file.seek(operation.done)
    reader = TaskFile(file, operation.form, line=operation.line, header=operation.header)
    try:
        # read before it is stored: the file and the table share a connection
        part = list(part_of(reader, file))
    except BadLine as bad:
        operation.error = f"{bad.field}: {bad.problem}"
        finish(session, operation, "failed")
        return
    config = projects.in_force(session, operation.project_id)
    report = add_lines(session, config, part, ImportReport(room=len(part)))
    _reject(session, operation, report)
    operation.done, operation.line = file.tell(), reader.line
    operation.header = None if reader.header is None else list(reader.header)
    operation.received += report.received
    operation.created += report.created
    operation.rejected += report.rejected
    if operation.done >= operation.total:
        finish(session, operation, "done")


def _reject(session: Session, operation: Operation, report: ImportReport) -> None:
    rows = [{"operation_id": operation.id, **bad._asdict()} for bad in report.problems]
    if rows:
        session.execute(insert(RejectedLine), rows)


def _export_part(session: Session, operation: Operation) -> None:
    assert operation.what is not None
    assert operation.form is not None
    what, form, project_id = operation.what, operation.form, operation.project_id
    after = operation.after_id or exports.FIRST
    upto, found = exports.bound(session, project_id, what, after=after, most=PART_LINES)
    content = exports.header(what, form) if operation.after_id is None else b""
    if upto is not None:
        content += b"".join(exports.lines(session, project_id, what, form, after=after, upto=upto))
    if content:
        # only a file's last part can be shorter than the others: their number follows from `done`
        spool.append(session, operation.id, operation.done // PART_LINES, content)
    operation.size += len(content)
    operation.done += found
    operation.after_id = upto or operation.after_id
    if found < PART_LINES:
        operation.total = operation.done
        finish(session, operation, "done")


def finish(session: Session, operation: Operation, state: str) -> None:
    """End an operation."""
    operation.state, operation.finished_at = state, session.scalar(select(func.now()))
    # an import that failed can be gone on with, from where it is
    is_over = (operation.kind, state) in (("import", "done"), ("export", "failed"))
    if operation.form is not None and (state == "cancelled" or is_over):
        spool.remove(session, operation.id)
        operation.size = 0
    if operation.kind == "import":
        caller = Caller(
            operation.tenant_id,
            "requester",
            frozenset(),
            operation.api_key_id,
            user_id=operation.user_id,
        )
        counts = {"operation_id": str(operation.id), "created": operation.created}
        audit.note(session, caller, "tasks.imported", operation.project_id, **counts)
