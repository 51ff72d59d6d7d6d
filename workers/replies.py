"""What a model's endpoint answers: read strictly, for a stranger has written it."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from crowd.services.attempts import Outcome
from crowd.services.predictions import PredictionLine

#: Characters of a stranger's text that are repeated in a message.
SHOWN = 60


class BadReply(Exception):
    """An answer without a use; the message says why."""


def read_reply(outcome: Outcome, asked: Collection[str]) -> list[PredictionLine]:
    """Read `{"predictions": [{"id", "label", "confidence"}]}`; a task may be left out.

    Raises BadReply.
    """
    if outcome.error is not None:
        raise BadReply(outcome.error)
    try:
        body = json.loads(outcome.excerpt or "")
    except (ValueError, RecursionError):
        raise BadReply("the answer is not JSON") from None
    told = body.get("predictions") if isinstance(body, dict) else None
    if not isinstance(told, list):
        raise BadReply("the answer has no list of predictions")
    lines = [_line(place, one) for place, one in enumerate(told)]
    for place, line in enumerate(lines):
        if line.task not in asked:
            raise BadReply(f"prediction {place}: {_shown(line.task)} was not asked about")
    return lines


def _line(place: int, told: Any) -> PredictionLine:
    if not isinstance(told, dict):
        raise BadReply(f"prediction {place} is not an object")
    task, label, confidence = (told.get(name) for name in ("id", "label", "confidence"))
    if not isinstance(task, str) or not isinstance(label, str):
        raise BadReply(f"prediction {place} needs an id and a label, both text")
    if confidence is None:
        return PredictionLine(task, label)
    # true and false are numbers to Python
    if type(confidence) not in (int, float) or not 0 <= confidence <= 1:
        raise BadReply(f"prediction {place}: confidence {_shown(confidence)} is not from 0 to 1")
    return PredictionLine(task, label, float(confidence))


def _shown(told: Any) -> str:
    return repr(told)[:SHOWN]
