"""What a replay has shown: accuracy, savings, calibration, speed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import quantiles
from typing import Any

from crowd.client import Result, Task
from crowd.demo.replay import Replay

BINS = 10
#: Tasks whose history is read for the time from submit to result.
HISTORIES = 1000


@dataclass(frozen=True)
class Summary:
    """One replay in numbers. Accuracies count a tie as its expected share of right guesses."""

    dataset: str
    tasks: int
    annotators: int
    answers_offered: int
    answers_collected: int
    accuracy_majority_all: float
    accuracy_majority_collected: float
    accuracy_consensus: float
    ece: float
    disputes: int
    submit_to_result_p50_s: float
    submit_to_result_p95_s: float
    answers_per_s: float
    over_assigned: int
    lost: int
    #: Not part of the promise, but good to know.
    spammers: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Give the numbers, rounded as far as they mean something."""
        return {k: round(v, 4) if isinstance(v, float) else v for k, v in asdict(self).items()}


def summarise(replay: Replay, gold: Mapping[str, str]) -> Summary:
    """Read the outcome through the API and hold it against the truth that was not gold."""
    dataset, api, project_id = replay.dataset, replay.requester, replay.project_id
    progress = replay.progress()
    results = {result.external_id: result for result in api.results.list(project_id)}
    tasks = list(api.tasks.list(project_id))
    judged = {t: label for t, label in dataset.truth.items() if t in results and t not in gold}
    lags = _lags(replay, tasks[:HISTORIES])
    lag = quantiles(lags, n=20) if len(lags) > 1 else [0.0] * 19
    return Summary(
        dataset=dataset.name,
        tasks=len(dataset.tasks),
        annotators=len(dataset.annotators),
        answers_offered=len(dataset.answers),
        answers_collected=progress.answers,
        accuracy_majority_all=_majority(((a.task, a.label) for a in dataset.answers), judged),
        accuracy_majority_collected=_majority(((a.task, a.label) for a in replay.accepted), judged),
        accuracy_consensus=_mean(_expected(results[t], label) for t, label in judged.items()),
        ece=_calibration_error(results, judged),
        disputes=progress.disputed,
        submit_to_result_p50_s=lag[9],
        submit_to_result_p95_s=lag[18],
        answers_per_s=progress.answers / max(replay.seconds, 1e-9),
        over_assigned=sum(task.answered > task.cap for task in tasks),
        lost=len(replay.accepted) - progress.answers,
        spammers=sum(skill.is_spammer for skill in api.projects.skills(project_id)),
        seconds=replay.seconds,
    )


def _majority(votes: Iterable[tuple[str, str]], truth: Mapping[str, str]) -> float:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for task, label in votes:
        counts[task][label] += 1
    shares = {task: {x: float(n) for x, n in c.items()} for task, c in counts.items()}
    return _mean(_hit(shares.get(task, {}), label) for task, label in truth.items())


def _expected(result: Result, label: str) -> float:
    return _hit(result.consensus.posterior, label)


def _hit(weights: Mapping[str, float], label: str) -> float:
    best = max(weights.values(), default=0.0)
    top = [x for x, weight in weights.items() if best - weight < 1e-9]
    return 1 / len(top) if label in top else 0.0


def _calibration_error(results: Mapping[str, Result], truth: Mapping[str, str]) -> float:
    """Compute the expected calibration error over ten equal bins (Naeini et al. 2015)."""
    bins: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for task, label in truth.items():
        stated = max(results[task].consensus.posterior.values())
        hit = _expected(results[task], label)
        bins[min(int(stated * BINS), BINS - 1)].append((stated, hit))
    gaps = (abs(_mean(s for s, _ in b) - _mean(h for _, h in b)) * len(b) for b in bins.values())
    return sum(gaps) / max(1, len(truth))


def _lags(replay: Replay, tasks: Iterable[Task]) -> list[float]:
    """Measure how many seconds it took until a stored decision had seen each answer."""
    submitted: dict[str, list[datetime]] = defaultdict(list)
    for answer in replay.accepted:
        if answer.submitted_at is not None:
            submitted[answer.task].append(answer.submitted_at)
    lags = []
    for task in tasks:
        versions = replay.requester.results.versions(task.id)[::-1]
        for number, at in enumerate(sorted(submitted[task.external_id]), start=1):
            seen = next((v for v in versions if v.answers_seen >= number), None)
            if seen is not None:
                lags.append((seen.created_at - at).total_seconds())
    return lags


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0
