"""How long a fit takes, and how much memory, from a table of answers to posteriors.

A crowd is planted by a seed: ten answers a task, one annotator for every thousand answers but at
least ten, accuracies drawn from a Beta distribution, rows in random order as time brings them.
Both sides get the same table, each in a process of its own.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

#: Answers to a task, and answers by an annotator, at most and on average.
OVERLAP = 10
EACH = 1_000
#: Answers above which ids are held as categories: a pointer a row would be most of the memory.
CATEGORICAL = 20_000_000
#: Iterations of both sides when one is held against the other.
ITERATIONS = 20

HELP = f"""
Prints one JSON object on one line. `seconds` and `cpu_seconds` run from the table in hand to the
posteriors in hand; imports are not counted. `peak_mb` is how far the resident memory of the process
rose in that time above what it was before (VmHWM, set back by writing 5 to /proc/self/clear_refs:
Linux only), `total_mb` the peak itself, table and libraries included. With --against both sides run
Dawid-Skene by maximum likelihood for exactly {ITERATIONS} iterations from the same start, and
`max_abs_diff` is the largest difference between their posteriors; `ratio` is the peer's seconds
over ours. Without, a method runs as it comes, to its own end. Ids are strings; above
{CATEGORICAL // 10**6} million answers they are held as pandas categories.
"""


@dataclass(frozen=True)
class Ask:
    """What to measure."""

    answers: int
    classes: int
    method: str = "dawid-skene"
    seed: int = 0
    #: Run a set number of iterations, and bring the posteriors home.
    compared: bool = False


def planted_frame(ask: Ask) -> Any:
    """Plant a table of task, annotator and label: a pandas DataFrame, a row an answer."""
    import pandas as pd

    chance = np.random.default_rng(ask.seed)
    tasks = -(-ask.answers // OVERLAP)
    stratum = max(1, ask.answers // (EACH * OVERLAP))
    truth = chance.integers(ask.classes, size=tasks, dtype=np.int16)
    accuracy = chance.beta(6, 3, stratum * OVERLAP).astype(np.float32)
    order = np.arange(ask.answers, dtype=np.int32)
    chance.shuffle(order)
    task, place = np.divmod(order, np.int32(OVERLAP))
    # each of a task's annotators comes from a stratum of its own, so that they differ
    annotator = place * np.int32(stratum) + chance.integers(stratum, size=ask.answers, dtype="i4")
    label = truth[task]
    wrong = chance.random(ask.answers, np.float32) >= accuracy[annotator]
    shift = chance.integers(1, max(2, ask.classes), size=int(wrong.sum()), dtype=np.int16)
    label[wrong] = (label[wrong] + shift) % ask.classes
    columns = {
        "task": (task, [f"task-{i:07d}" for i in range(tasks)]),
        "annotator": (annotator, [f"annotator-{i:06d}" for i in range(len(accuracy))]),
        "label": (label, labels_of(ask)),
    }
    if ask.answers > CATEGORICAL:
        return pd.DataFrame(
            {k: pd.Categorical.from_codes(*column) for k, column in columns.items()}
        )
    return pd.DataFrame({k: np.array(ids, object)[codes] for k, (codes, ids) in columns.items()})


def labels_of(ask: Ask) -> list[str]:
    """Name the classes."""
    return [f"label-{k:03d}" for k in range(ask.classes)]


def ours(ask: Ask) -> Callable[[Any], tuple[Any, Any, int]]:
    """Import what our side needs; gives what fits a table: task ids, posteriors, iterations."""
    from consensus.methods import make_method
    from consensus.methods.dawid_skene import DawidSkene
    from consensus.votes import Votes

    def fitted(frame: Any) -> tuple[Any, Any, int]:
        votes = Votes.from_frame(frame, labels_of(ask))
        method = make_method(ask.method)
        if ask.compared:
            method = DawidSkene(strength=0, tolerance=0, max_iterations=ITERATIONS)
        fit = method.fit(votes)
        return votes.task_ids, fit.posteriors_, fit.n_iter_

    return fitted


def peer(ask: Ask) -> Callable[[Any], tuple[Any, Any, int]]:
    """Import what the peer's side needs; gives the same."""
    from crowdkit.aggregation import DawidSkene

    def fitted(frame: Any) -> tuple[Any, Any, int]:
        method = DawidSkene(n_iter=ITERATIONS, tol=-np.inf)
        found = method.fit_predict_proba(frame.rename(columns={"annotator": "worker"}))
        posteriors = found.reindex(columns=labels_of(ask), fill_value=0.0)
        return posteriors.index, posteriors.to_numpy(), len(method.loss_history_)

    return fitted


def measured(side: Callable[[Ask], Callable[[Any], Any]], ask: Ask) -> dict[str, Any]:
    """Fit a planted table with one side, in this process, and say what it took."""
    fitted, frame = side(ask), planted_frame(ask)
    gc.collect()
    # memory freed but not given back would hide as much of the rise
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    before, began, spent = _resident("VmRSS"), time.perf_counter(), time.process_time()
    task_ids, posteriors, iterations = fitted(frame)
    found: dict[str, Any] = {
        "seconds": round(time.perf_counter() - began, 4),
        "cpu_seconds": round(time.process_time() - spent, 4),
        "peak_mb": round(_resident("VmHWM") - before, 1),
        "total_mb": round(_resident("VmHWM"), 1),
        "iterations": iterations,
    }
    if ask.compared:
        found["posteriors"] = _in_order(task_ids, posteriors)
    return found


def report(ask: Ask) -> dict[str, Any]:
    """Measure our side, and the peer where it is asked for, each in a fresh process."""
    found = {"answers": ask.answers, "classes": ask.classes, **_apart(ours, ask)}
    found |= dict.fromkeys(["peer_seconds", "peer_peak_mb", "ratio", "max_abs_diff"])
    if ask.compared:
        other = _apart(peer, ask)
        found |= {f"peer_{key}": other[key] for key in ("seconds", "cpu_seconds", "peak_mb")}
        found["ratio"] = round(other["seconds"] / found["seconds"], 1)
        apart = np.abs(found.pop("posteriors") - other["posteriors"])
        found["max_abs_diff"] = float(apart.max(initial=0.0))
    return found


def _apart(side: Callable[[Ask], Callable[[Any], Any]], ask: Ask) -> dict[str, Any]:
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measured, side, ask).result()


def _in_order(task_ids: Any, posteriors: Any) -> npt.NDArray[np.float64]:
    order = np.argsort(np.fromiter((int(i[5:]) for i in task_ids), np.int64, len(task_ids)))
    in_order: npt.NDArray[np.float64] = np.asarray(posteriors, np.float64)[order]
    return in_order


def _resident(field: str) -> float:
    """Read VmRSS or VmHWM of this process, in MB (10⁶ bytes)."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024 / 1e6


def main(arguments: list[str] | None = None) -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks.fit",
        description=__doc__,
        epilog=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=5)
    parser.add_argument("--method", default="dawid-skene")
    parser.add_argument("--against", choices=["crowd-kit"])
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    if min(asked.answers, asked.classes) < 1:
        parser.error("--answers and --classes are at least 1")
    if asked.against and asked.method != "dawid-skene":
        parser.error("--against goes with --method dawid-skene")
    compared = bool(asked.against)
    ask = Ask(asked.answers, asked.classes, asked.method, asked.seed, compared)
    print(json.dumps(report(ask)))


if __name__ == "__main__":
    main()
