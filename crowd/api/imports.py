"""Files of tasks."""

from __future__ import annotations

import uuid

from flask import g, request

from crowd.api.auth import allow
from crowd.api.blueprint import Noun
from crowd.api.bodies import body_file
from crowd.db import transaction
from crowd.errors import Invalid, UnsupportedMediaType
from crowd.schemas.tasks import ImportOut
from crowd.services import imports
from crowd.services.imports import ImportReport
from crowd.services.task_lines import BadLine, TaskFile

blp = Noun("imports", __name__, description="Tasks in bulk.")

FORMS = {"application/x-ndjson": "ndjson", "application/jsonl": "ndjson", "text/csv": "csv"}


@blp.post("/projects/<uuid:project_id>/imports")
@allow("tasks:write")
@blp.doc(
    requestBody={
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in FORMS},
    }
)
@blp.response(200, ImportOut)
def create(project_id: uuid.UUID) -> ImportReport:
    """Add the tasks of an NDJSON or CSV file. Good lines are kept, each bad one is reported.

    A line has `external_id`, `payload`, and perhaps `priority` and `gold`. In CSV, every column
    without such a name is a field of the payload. All is stored in one step at the end: an upload
    that breaks off has changed nothing, and sending a file twice adds nothing.
    """
    form = FORMS.get(request.mimetype)
    if form is None:
        raise UnsupportedMediaType(f"Send a file as one of: {', '.join(FORMS)}.")
    lines = TaskFile(body_file(), form)
    with transaction() as session:
        try:
            return imports.import_tasks(session, g.caller, project_id, lines)
        except BadLine as problem:
            raise Invalid(problem.problem, errors={problem.field: [problem.problem]}) from None
