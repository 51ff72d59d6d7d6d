"""A simulation from the first lease to the last decision."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crowd.client import Progress
from crowd.simulation.rounds import Round
from crowd.simulation.shifts import Shift
from crowd.simulation.stage import SimulationError, Stage

#: Rounds in which tasks that the last fit has opened again are worked on.
ROUNDS = 40
#: How long the engine may take to decide after the last answer, in seconds.
DECIDED_WITHIN_S = 300.0
LOOK_S = 0.1


@dataclass(frozen=True)
class Played:
    """What has happened: each player's shift, the project's progress, and how long it took."""

    stage: Stage
    shifts: Sequence[Shift]
    progress: Progress
    seconds: float


def play(
    stage: Stage,
    *,
    seed: int,
    pace: float,
    threads: int = 8,
    look_after: Callable[[], None] = lambda: None,
) -> Played:
    """Let the crowd work until the engine has decided all it can. Raises SimulationError."""
    began = time.monotonic()
    shifts = [Shift(player) for player in stage.players]
    order = random.Random(f"{seed}/order").sample(shifts, len(shifts))
    for _ in range(ROUNDS):
        before = _answers(shifts)
        Round(stage, order, pace=pace, threads=threads, look_after=look_after).run()
        progress = settle(stage, look_after)
        if not progress.wanted or _answers(shifts) == before:
            break
    return Played(stage, shifts, progress, time.monotonic() - began)


def settle(stage: Stage, look_after: Callable[[], None]) -> Progress:
    """Ask for a fit and wait until every answer is in a decision. Raises SimulationError."""
    projects = stage.requester.projects
    before = projects.progress(stage.project_id).run_number
    projects.refit(stage.project_id)
    deadline = time.monotonic() + DECIDED_WITHIN_S
    while time.monotonic() < deadline:
        now = projects.progress(stage.project_id)
        fitted = now.run_answers == now.answers and now.run_number != before
        fitted = fitted and now.decided_run == now.run_number
        if not now.waiting and (fitted or not now.answers):
            return now
        look_after()
        time.sleep(LOOK_S)
    raise SimulationError(f"The engine has not decided within {DECIDED_WITHIN_S:.0f} s.")


def _answers(shifts: Sequence[Shift]) -> int:
    return sum(len(shift.given) for shift in shifts)
