"""What size costs: a cycle in a large project with a long history, beside one in a small one.

Two services run in turns on the same machine, so that its speed, which changes by the minute, is
the same for both. Prints one JSON object; `ratio` is the median over the rounds of CPU milliseconds
a cycle (web server and PostgreSQL), large by small.
"""

from __future__ import annotations

import argparse
import json
import statistics

from benchmarks import planted
from benchmarks.cycle import Load, driven
from benchmarks.stack import Stack, running


def main() -> None:
    """Read the command line, start both services, drive them in turns, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--history", type=int, default=50_000)
    parser.add_argument("--against", type=int, default=10_000, help="tasks of the small project")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=4, help="of each turn")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with running() as stack:
        large = _load(stack, options.tasks, options.clients, options.history)
        with running() as other:
            small = _load(other, options.against, options.clients, 0)
            costs = [_round(large, small, n, options.seconds) for n in range(options.rounds)]
    print(
        json.dumps(
            {
                "tasks": options.tasks,
                "history": options.history,
                "against": options.against,
                "cpu_ms_per_cycle": round(statistics.median(cost[0] for cost in costs), 2),
                "against_cpu_ms_per_cycle": round(statistics.median(cost[1] for cost in costs), 2),
                "ratio": round(statistics.median(cost[0] / cost[1] for cost in costs), 3),
                "ratios": sorted(round(cost[0] / cost[1], 2) for cost in costs),
            }
        ),
        flush=True,
    )


def _load(stack: Stack, tasks: int, clients: int, history: int) -> Load:
    made = planted.project(stack, tasks=tasks, annotators=clients, history=history)
    return Load(stack.address, made.marketplace_key, str(made.id), made.annotators, 1, False)


def _round(large: Load, small: Load, number: int, seconds: float) -> tuple[float, float]:
    """Drive one, then the other, who begins changing; gives CPU milliseconds a cycle of each."""
    loads = (large, small) if number % 2 else (small, large)
    costs = {}
    for load in loads:
        took, _, cpu = driven(load, seconds)
        costs[load.project] = 1000 * cpu / max(1, took.answers)
    return costs[large.project], costs[small.project]


if __name__ == "__main__":
    main()
