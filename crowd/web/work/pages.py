"""At work: the item to be answered, or why there is none, and what a visitor does about it."""

from __future__ import annotations

import json
import uuid
from typing import Any

from flask import Response, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from crowd.db import transaction
from crowd.errors import AssignmentClosed, AssignmentExpired, Conflict, NotFound, UnknownLabel
from crowd.services import guidelines, interfaces, trainings, visits
from crowd.services.answer_kinds import MULTI_LABEL
from crowd.services.leases import Lease
from crowd.services.visits import Guest, Turn
from crowd.web.items import Item, item_of
from crowd.web.work import doorkeeper, words
from crowd.web.work.blueprint import blp

#: Items a visit holds at most where its page fetches the next one ahead.
AHEAD = 2
MAX_COMMENT = 2000
#: Reasons that are not the visitor's own: who has done something has then done all there is.
NOTHING_LEFT = {
    "none_left_for_you", "limit_reached", "all_done", "deadline_passed", "budget_spent",
    "not_available", "paused",
}  # fmt: skip


@blp.get("/v/<uuid:visit_id>/")
def show(visit_id: uuid.UUID) -> ResponseReturnValue:
    """Show the next item, or why there is none."""
    guest = doorkeeper.check(visit_id)
    with transaction() as session:
        turn = visits.turn(session, guest)
        said = request.args.get("said")
        if turn.leases:
            lease = turn.leases[0]
            item = item_of(lease.terms.interface, lease.taken.payload)
            return doorkeeper.page(
                "work/item.html",
                origins=item.origins,
                said=said,
                turn=turn,
                guideline=_guideline(session, guest, lease),
                **_stage(lease, item),
            )
        return _nothing(session, guest, turn, said)


@blp.get("/v/<uuid:visit_id>/next")
def following(visit_id: uuid.UUID) -> Response:
    """Give the page's script the item after those it has."""
    guest = doorkeeper.check(visit_id)
    has = set(request.args.getlist("has"))
    with transaction() as session:
        turn = visits.turn(session, guest, ahead=AHEAD)
    new = [lease for lease in turn.leases if str(lease.taken.assignment_id) not in has]
    if not new:
        return jsonify(item=None, done=turn.done, batch=guest.batch)
    item = item_of(new[0].terms.interface, new[0].taken.payload)
    html = render_template(
        "work/_stage.html",
        guest=guest,
        form_key=doorkeeper.form_key(request.cookies[doorkeeper.COOKIE]),
        **_stage(new[0], item),
    )
    found = {"html": html, "origins": item.origins, "pictures": item.pictures}
    return jsonify(item=found, done=turn.done, batch=guest.batch)


@blp.post("/v/<uuid:visit_id>/answers")
def answer(visit_id: uuid.UUID) -> ResponseReturnValue:
    """Take an answer in. The assignment is its key: sent again, it is stored once."""
    guest = doorkeeper.check(visit_id)
    form = request.form
    comment = _text(form.get("comment", ""))[:MAX_COMMENT] or None
    spent_ms = form.get("spent_ms", type=float)
    try:
        with transaction() as session:
            is_new = visits.answer(
                session,
                guest,
                _assignment(),
                label=_given(session, guest),
                unsure="unsure" in form,
                comment=comment,
                time_spent_s=None if spent_ms is None else max(0.0, spent_ms / 1000),
            )
            done = visits.count(session, visit_id)
    except (AssignmentExpired, AssignmentClosed, NotFound, UnknownLabel) as refusal:
        if doorkeeper.wants_json():
            raise
        return _back(visit_id, _said_of(refusal))
    if doorkeeper.wants_json():
        return jsonify(stored=True, is_new=is_new, done=done, batch=guest.batch)
    return _back(visit_id, "stored" if is_new else "again")


@blp.post("/v/<uuid:visit_id>/returns")
def give_back(visit_id: uuid.UUID) -> ResponseReturnValue:
    """Return an item unanswered."""
    guest = doorkeeper.check(visit_id)
    said = "returned"
    try:
        with transaction() as session:
            visits.give_back(session, guest, _assignment())
    except (Conflict, AssignmentExpired, NotFound):
        said = "gone"
    return jsonify(said=words.SAID[said]) if doorkeeper.wants_json() else _back(visit_id, said)


@blp.post("/v/<uuid:visit_id>/still-here")
def still_here(visit_id: uuid.UUID) -> Response:
    """Keep what the visit holds for as long again; gives what that is."""
    guest = doorkeeper.check(visit_id)
    with transaction() as session:
        return jsonify(held=[str(held) for held in visits.keep(session, guest)])


@blp.post("/v/<uuid:visit_id>/guideline")
def accept(visit_id: uuid.UUID) -> ResponseReturnValue:
    """Note that the guideline has been read and accepted."""
    guest = doorkeeper.check(visit_id)
    version = request.form.get("version", 0, type=int)
    try:
        with transaction() as session:
            who = {"annotator": guest.annotator, "version": version}
            guidelines.accept(session, guest.caller, guest.project_id, **who)  # type: ignore[arg-type]
    except Conflict:  # it has changed meanwhile: the newer one is shown
        return _back(visit_id)
    return _back(visit_id, "accepted")


@blp.post("/v/<uuid:visit_id>/end")
def finish(visit_id: uuid.UUID) -> ResponseReturnValue:
    """End the visit, where that is the visitor's to say. Raises Conflict."""
    guest = doorkeeper.check(visit_id)
    with transaction() as session:
        if not _may_finish(session, guest):
            raise Conflict("There is still something to do. To stop now, return the task there.")
        visits.finish(session, guest)
    return _back(visit_id)


def _may_finish(session: Session, guest: Guest) -> bool:
    """Tell whether a visit may end: platforms of others pay for the whole batch, or what there is.

    Their visitors cannot end it for the pay and leave the work.
    """
    if guest.source == "direct" or guest.ended_at is not None:
        return True
    turn = visits.turn(session, guest)
    whole = guest.batch is None or turn.reason in NOTHING_LEFT | {"batch_done"}
    return turn.done > 0 and whole


def _nothing(session: Session, guest: Guest, turn: Turn, said: str | None) -> Response:
    """Say why there is nothing to answer, and what can be done about it."""
    if turn.reason == "guideline_not_accepted":
        guideline = guidelines.in_force(session, guest.caller, guest.project_id)
        return doorkeeper.page("work/guideline.html", said=said, turn=turn, guideline=guideline)
    if guest.ended_at is not None or turn.reason == "batch_done":
        return doorkeeper.page("work/end.html", said=said, turn=turn, end=_end(guest))
    offered: Any = []
    if turn.training_id is not None:
        offered = [trainings.find(session, guest.caller, turn.training_id)]
    elif turn.reason in ("not_qualified", "not_in_pool"):
        offered = trainings.for_project(session, guest.caller, guest.project_id)
    return doorkeeper.page(
        "work/nothing.html",
        said=said,
        turn=turn,
        words=words.NO_WORK[turn.reason or "none_left_for_you"],
        trainings=offered,
        may_finish=turn.reason in NOTHING_LEFT and (turn.done > 0 or guest.source == "direct"),
    )


def _end(guest: Guest) -> str | None:
    """Say where a visit leads that has ended; None: nowhere."""
    if guest.source == "prolific":
        return f"{doorkeeper.PROLIFIC_END}?cc={guest.completion_code}"
    return guest.return_url


def _stage(lease: Lease, item: Item) -> dict[str, Any]:
    """Lay out what the form around an item needs."""
    terms = lease.terms
    shown = lease.prediction
    choices = interfaces.choices(terms.interface, terms.labels)
    titles = {choice.label: choice.title for choice in choices}
    return {
        "lease": lease,
        "terms": terms,
        "item": item,
        "choices": choices,
        "model_says": shown and (titles.get(shown.label, shown.label), shown.confidence),
    }


def _guideline(session: Session, guest: Guest, lease: Lease) -> Any:
    if lease.terms.guideline is None:
        return None
    return guidelines.version(session, guest.project_id, lease.terms.guideline)


def _assignment() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("assignment", ""))
    except ValueError:
        raise NotFound("There is no such item of yours.") from None


def _given(session: Session, guest: Guest) -> str:
    """Read the answer in a form; of a set, all that is ticked."""
    chosen = request.form.getlist("label")
    if visits.kind_of(session, guest, _assignment()) == MULTI_LABEL:
        return json.dumps(chosen)
    return chosen[0] if chosen else ""


def _said_of(refusal: Exception) -> str:
    if isinstance(refusal, AssignmentExpired):
        return "late"
    return "choose" if isinstance(refusal, UnknownLabel) else "gone"


def _text(given: str) -> str:
    """Keep of a text what can be stored and shown."""
    return "".join(c for c in given if c.isprintable() or c in "\n\t").strip()


def _back(visit_id: uuid.UUID, said: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("work.show", visit_id=visit_id, said=said), 303)
