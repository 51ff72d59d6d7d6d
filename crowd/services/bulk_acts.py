"""The same done about many annotators of a project: each in a commit of its own, with one reason.

A bulk act is an operation. What cannot be done of one annotator is told of that one, and keeps
nothing from the others.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from crowd.errors import Conflict, CrowdError, Invalid, MissingScope
from crowd.models import Operation, RejectedLine, Tenant
from crowd.services import actions, pools, projects, tenants, track_records
from crowd.services.tenants import Caller
from crowd.services.track_records import Wanted

#: Annotators that may be named one by one.
MOST_NAMED = 500
#: What `unblock` takes back. That answers do not count is taken back by itself.
KEEP_FROM_WORK = ("block", "pause", "restrict", "retrain")
#: By kind: what is needed beside a reason.
NEEDS = {
    "warn": (),
    "restrict": (),
    "pause": ("pause_seconds",),
    "retrain": ("training_id",),
    "block": (),
    "exclude": (),
    "unblock": (),
    "invite": ("pool_id",),
    "keep_out": ("pool_id",),
    "move": ("from_pool_id", "pool_id"),
}
POOL_ACTS = ("invite", "keep_out", "move")
_OPTIONS = ("pause_seconds", "training_id", "pool_id", "from_pool_id")


def request_of(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    *,
    kind: str,
    reason: str,
    annotator_ids: Sequence[uuid.UUID] | None = None,
    wanted: Wanted | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Lay out an act about named annotators, or all that are meant at this moment.

    Raises NotFound, Invalid, MissingScope.
    """
    projects.find_own(session, caller, project_id)
    given = {name: one for name, one in options.items() if one is not None}
    _check(session, caller, kind, given)
    if annotator_ids is None:
        chosen = track_records.ids_of(session, caller, project_id, wanted or Wanted())
    else:
        chosen = list(dict.fromkeys(annotator_ids))
    if not chosen:
        raise Invalid(
            "Nobody is meant.", errors={"annotator_ids": ["name some, or a filter that fits some"]}
        )
    said = {name: str(one) if isinstance(one, uuid.UUID) else one for name, one in given.items()}
    return {
        "act": kind,
        "reason": reason,
        **said,
        "annotator_ids": [str(one) for one in chosen],
        "scopes": sorted(caller.scopes),
    }


def act_on_next(session: Session, operation: Operation) -> bool:
    """Do it about the next annotator; tells whether that was the last."""
    assert operation.request is not None
    request = operation.request
    annotator_id = uuid.UUID(request["annotator_ids"][operation.done])
    try:
        with session.begin_nested():
            _act(session, _caller(session, operation), operation.project_id, annotator_id, request)
        operation.created += 1
    except CrowdError as refusal:
        operation.rejected += 1
        session.add(
            RejectedLine(
                operation_id=operation.id,
                line=operation.done + 1,
                field=str(annotator_id),
                problem=str(refusal),
            )
        )
    operation.done += 1
    operation.received += 1
    return operation.done == operation.total


def _check(session: Session, caller: Caller, kind: str, given: dict[str, Any]) -> None:
    """See that an act has what it needs and nothing else, and that the caller may do it."""
    needs = NEEDS[kind]
    for name in _OPTIONS:
        if (name in given) != (name in needs):
            what = "needed for this act" if name in needs else "not for this act"
            raise Invalid(f"`{name}` is {what}.", errors={name: [what]})
    if kind not in POOL_ACTS:
        if kind != "unblock":
            actions.check_terms(
                session, caller, kind, given.get("pause_seconds"), given.get("training_id")
            )
        return
    if "qualifications:write" not in caller.scopes:
        raise MissingScope("Pools need the scope 'qualifications:write' as well.")
    for name in needs:
        pools.find(session, caller, given[name])


def _caller(session: Session, operation: Operation) -> Caller:
    """Speak for whoever has asked."""
    assert operation.request is not None
    whole = tenants.operator_of(session.get_one(Tenant, operation.tenant_id))
    scopes = frozenset(operation.request["scopes"])
    key_id, user_id = operation.api_key_id, operation.user_id
    return replace(whole, scopes=scopes, key_id=key_id, user_id=user_id)


def _act(
    session: Session,
    caller: Caller,
    project_id: uuid.UUID,
    annotator_id: uuid.UUID,
    request: dict[str, Any],
) -> None:
    kind, reason = request["act"], request["reason"]
    if kind in POOL_ACTS:
        is_in = {"admitted": kind != "keep_out", "reason": reason}
        pools.put_member(session, caller, uuid.UUID(request["pool_id"]), annotator_id, **is_in)
        if kind == "move":
            left = uuid.UUID(request["from_pool_id"])
            pools.put_member(session, caller, left, annotator_id, admitted=False, reason=reason)
        return
    if kind == "unblock":
        _let_work(session, caller, project_id, annotator_id, reason)
        return
    training = request.get("training_id")
    actions.take(
        session,
        caller,
        project_id,
        annotator_id=annotator_id,
        kind=kind,
        reason=reason,
        pause_seconds=request.get("pause_seconds"),
        training_id=uuid.UUID(training) if training else None,
    )


def _let_work(
    session: Session, caller: Caller, project_id: uuid.UUID, annotator_id: uuid.UUID, reason: str
) -> None:
    """Undo every action in force that keeps an annotator from work. Raises Conflict: none does."""
    in_force = actions.in_force_about(session, project_id, annotator_id)
    found = [action for action in in_force if action.kind in KEEP_FROM_WORK]
    for action in found:
        actions.undo(session, caller, action.id, reason=reason)
    if any(action.kind == "exclude" for action in in_force):
        raise Conflict("Its answers are excluded, which blocks it: undo that action by itself.")
    if not found:
        raise Conflict("No action of yours in this project keeps it from work.")
