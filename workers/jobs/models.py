"""Models that are asked for predictions at their endpoints."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import structlog

from config import load_settings
from crowd.db import transaction
from crowd.errors import CrowdError
from crowd.services import inquiries, outbox
from crowd.services.attempts import Outcome
from crowd.services.deliveries import Claimed
from crowd.services.inquiries import Inquiry
from workers.replies import BadReply, read_reply
from workers.sending import send

log = structlog.get_logger("crowd.jobs")
#: Models asked at a time.
LANES = 8
#: What a model has for its answer, and what is read of it at the most.
TIMEOUT_S, MOST_BYTES = 10.0, 4_000_000
#: A job begins no other round after so many seconds: others wait for the queue.
RUNS_FOR_S = 5.0


def ask(event_ids: list[int]) -> None:
    """Ask the models that are due, until none is or the time of a job is over.

    The event only wakes. Jobs that have queued up meanwhile find their events gone.
    """
    with transaction() as session:
        if not outbox.read(session, event_ids):
            return
        outbox.confirm_all(session, inquiries.TOPIC)
    ask_due()


def ask_due(*, runs_for_s: float = RUNS_FOR_S) -> int:
    """Ask the models that are due, some at a time; returns how many inquiries there were."""
    allow_private = load_settings().webhooks_allow_private
    ends_at, made = time.monotonic() + runs_for_s, 0
    with ThreadPoolExecutor(LANES, thread_name_prefix="model") as lanes:
        while time.monotonic() < ends_at:
            with transaction() as session:
                due = inquiries.claim(session, limit=LANES)
            if not due:
                break
            outcomes = lanes.map(lambda one: _send(one, allow_private), due)
            for inquiry, outcome in zip(due, outcomes, strict=True):
                _take_in(inquiry, outcome)
            made += len(due)
    return made


def _send(inquiry: Inquiry, allow_private: bool) -> Outcome:
    message = Claimed(inquiry.id, inquiry.model_id, inquiry.url, inquiry.body, (inquiry.secret,))
    return send(
        message,
        allow_private=allow_private,
        timeout_s=TIMEOUT_S,
        most_bytes=MOST_BYTES,
        kept=MOST_BYTES,
    )


def _take_in(inquiry: Inquiry, outcome: Outcome) -> None:
    """Keep what was said, or why it is of no use; nothing else of a bad answer is kept."""
    try:
        lines = read_reply(outcome, inquiry.tasks)
        with transaction() as session:
            inquiries.keep(session, inquiry, lines)
    except (BadReply, CrowdError) as problem:
        log.warning("a model is of no use", model=str(inquiry.model_id), reason=str(problem))
        with transaction() as session:
            inquiries.note_failure(session, inquiry, str(problem))
