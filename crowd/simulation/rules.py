"""Rules for a simulation: some that do well on the planted kinds, or the caller's own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from crowd.client import Client

Terms = Mapping[str, Any]
#: Who does not look is stopped within some ten answers; who is merely not good is spared.
USUAL: Sequence[Terms] = (
    {"name": "too fast", "collector": "speed", "span": 10, "least": 8, "below": 3.0,
     "action": "exclude"},
    {"name": "guessing", "collector": "agreement", "span": 30, "least": 8, "below": 0.4,
     "sure": 0.95, "action": "exclude"},
    {"name": "gold", "collector": "gold_accuracy", "span": 50, "least": 5, "below": 0.6,
     "sure": 0.98, "action": "exclude"},
    {"name": "alike", "collector": "copying", "least": 8, "below": 0.02, "action": "exclude"},
)  # fmt: skip


class BadRules(ValueError):
    """A file holds no list of rules."""


def rules_of(text: str) -> Sequence[Terms]:
    """Read rules: `usual`, or a file with a JSON list of them. Raises BadRules."""
    if text == "usual":
        return USUAL
    try:
        found = json.loads(Path(text).read_bytes())
    except (OSError, ValueError) as error:
        raise BadRules(f"{text!r} is neither 'usual' nor a JSON file: {error}") from None
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise BadRules(f"{text} should hold a list of rules, as POST …/rules takes them.")
    return found


def put_in_force(requester: Client, project_id: str, rules: Sequence[Terms], pace: float) -> None:
    """Make the rules of a project, with seconds as they pass at a pace. Raises Invalid."""
    for terms in rules:
        scaled = dict(terms)
        if scaled.get("collector") == "speed" and pace:
            scaled["below"] = scaled["below"] / pace
        requester.rules.create(project_id, **scaled)
