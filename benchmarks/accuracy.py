"""How accurate and how honest each method is on recorded answers.

Prints a JSON object a line for every set and method, and at the end the mean of each method.
Ties count as their expected accuracy. With --gold a share of the truth is known to the methods, and
only the rest is judged: the mean over the seeds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from dataclasses import astuple
from pathlib import Path

import numpy as np

from benchmarks.recorded import Recorded, sets
from consensus.method_names import OWN
from consensus.methods import make_method
from consensus.scores import scores

FIGURES = ("accuracy", "log_loss", "ece", "seconds", "n_truth")


def main() -> None:
    """Read the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of <name>/answers.csv")
    parser.add_argument("--methods", default=",".join(OWN), help="names, with commas between")
    parser.add_argument("--gold", type=float, default=0.0, help="share of the truth to be known")
    parser.add_argument("--seeds", type=int, default=3, help="draws of gold to take the mean of")
    options = parser.parse_args()
    methods = options.methods.split(",")
    found: dict[str, list[tuple[float, ...]]] = defaultdict(list)
    for recorded in sets(options.data):
        for method in methods:
            figures = _measured(recorded, method, options.gold, options.seeds)
            found[method].append(figures)
            _print(recorded.name, method, figures)
    for method in methods:
        _print("mean", method, tuple(np.mean(found[method], axis=0)))


def _measured(recorded: Recorded, method: str, gold: float, seeds: int) -> tuple[float, ...]:
    runs = [_run(recorded, method, gold, seed) for seed in range(seeds if gold else 1)]
    return tuple(np.mean(runs, axis=0).tolist())


def _run(recorded: Recorded, method: str, gold: float, seed: int) -> tuple[float, ...]:
    known, judged = recorded.gold(gold, seed)
    begun = time.perf_counter()
    fit = make_method(method).fit(recorded.votes, known or None)
    seconds = time.perf_counter() - begun
    *figures, tasks = astuple(scores(fit.posteriors_[judged.rows], judged.truth))
    return (*figures, seconds, tasks)


def _print(dataset: str, method: str, figures: tuple[float, ...]) -> None:
    line = {"dataset": dataset, "method": method}
    numbers = {k: round(float(v), 4) for k, v in zip(FIGURES, figures, strict=True)}
    print(json.dumps(line | numbers), flush=True)


if __name__ == "__main__":
    main()
