"""What-ifs: a project's answers gone through once more, and what that comes to for all of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from consensus.forecast import quantiles, slots_until
from consensus.methods.base import normalize
from consensus.votes import Floats, Votes
from consensus.what_if import (
    Estimate,
    Replayed,
    Stopping,
    answers_a_task,
    expected_accuracy,
    replay,
)
from crowd.services.progress import SLOT
from crowd.services.runs import Fit
from crowd.services.shares import Share
from crowd.services.what_ifs import RULES, Sample
from workers.answer_kinds import votes_on
from workers.asking import asks_for_one_label, labels_of
from workers.forecasting import DRAWS, paces_of
from workers.replayed_kinds import Asked, asked_in


@dataclass(frozen=True)
class Plan:
    """How a project would ask and stop, and whom."""

    stopping: Stopping
    price: Decimal | None
    #: None: everybody.
    people: Collection[uuid.UUID] | None


def result_of(
    sample: Sample, fit: Fit, request: dict[str, Any], people: Collection[uuid.UUID] | None
) -> dict[str, Any]:
    """Compare how it is with how it would be: both are estimated the same way."""
    now = {name: getattr(sample.config, name) for name in RULES}
    then = {**now, **{name: request[name] for name in RULES if name in request}}
    return {
        "tasks_replayed": len({task for task, *_ in sample.answers}),
        "now": _estimated(sample, fit, _plan(now, None)),
        "then": _estimated(sample, fit, _plan(then, people)),
    }


def _plan(rules: dict[str, Any], people: Collection[uuid.UUID] | None) -> Plan:
    price = None if rules["price"] is None else Decimal(str(rules["price"]))
    stopping = Stopping(rules["overlap_min"], rules["overlap_max"], rules["target_confidence"])
    return Plan(stopping, price, people)


def _estimated(sample: Sample, fit: Fit, plan: Plan) -> dict[str, Any]:
    kept = [row for row in sample.answers if plan.people is None or row[1] in plan.people]
    # tasks that lose every answer are still tasks
    tasks = {task for task, *_ in sample.answers}
    if not asks_for_one_label(sample.config):
        # whole answers come with the number of their row for a time
        kept.sort(key=lambda row: row[3])
    votes = votes_on(kept, sample.config).with_tasks(tasks)
    asked = asked_in(sample.config, votes, fit)
    at = np.zeros(len(votes)) if votes.at is None else votes.at
    # the same chance for both sides of the comparison
    chance = np.random.default_rng(0)
    found = replay(
        votes,
        at,
        asked.posteriors,
        plan.stopping,
        _crowd_of(fit, len(labels_of(sample.config))),
        chance,
        asked.choose,
    )
    each = answers_a_task(found)
    return {
        "overlap_min": plan.stopping.minimum,
        "overlap_max": plan.stopping.maximum,
        "target_confidence": plan.stopping.target,
        "price": None if plan.price is None else f"{plan.price:f}",
        "annotators": votes.shape[1] if plan.people is not None else sample.ground.whole.annotators,
        "answers_a_task": _bounds(each),
        "resolved": asdict(Share.among(int(found.resolved.sum()), len(found.resolved))),
        "accuracy": None if (right := expected_accuracy(found)) is None else _bounds(right),
        "on_gold": _on_gold(sample, votes, found, asked),
        "imagined": float(found.imagined.sum() / max(1, found.answers.sum())),
        **_to_come(sample, plan, each, chance),
    }


def _crowd_of(fit: Fit, labels: int) -> Floats:
    """Take what an unknown annotator does: the fit's, or a guess where the labels have changed."""
    pooled = np.array(fit.run.pooled_confusion)
    if pooled.size != labels * labels:
        return np.full((labels, labels), 0.3 / labels) + 0.7 * np.eye(labels)
    return normalize(pooled.reshape(labels, labels))


def _on_gold(sample: Sample, votes: Votes, found: Replayed, asked: Asked) -> dict[str, Any] | None:
    """Hold what is final against what is known."""
    ids: Sequence[Any] = votes.task_ids
    right = [
        asked.is_right(found.label[row], sample.gold[ids[row]])
        for row in np.flatnonzero(found.resolved).tolist()
        if ids[row] in sample.gold
    ]
    return asdict(Share.among(sum(right), len(right))) if right else None


def _to_come(
    sample: Sample, plan: Plan, each: Estimate, chance: np.random.Generator
) -> dict[str, Any]:
    """Scale up to all tasks: what they cost together, and when those that are left are done."""
    ground = sample.ground
    tasks = ground.counts.tasks
    beside_gold = max(1 - ground.gold_share, 0.1)
    whole = [tasks * one / beside_gold for one in (each.low, each.mean, each.high)]
    cost = None
    if plan.price:
        cost = [f"{one * float(plan.price):.2f}" for one in whole]
    # what the tasks that are closed have had is had, whatever the rules
    had = sum(answers * n for state, answers, _, n in ground.tasks if state == "open")
    spread = max(each.high - each.mean, 1e-9) / 1.96
    means = chance.normal(each.mean, spread, DRAWS)
    needed = np.maximum(ground.counts.open * means - had, 0)
    share = _share_of_pace(sample, plan)
    slots = slots_until(needed, paces_of(ground) * beside_gold * share, chance)
    seconds = None
    if slots is not None:
        ends = [one * SLOT.total_seconds() for one in quantiles(slots)]
        seconds = [one if np.isfinite(one) else None for one in ends]
    return {"answers": [round(one) for one in whole], "cost": cost, "finish_s": seconds}


def _share_of_pace(sample: Sample, plan: Plan) -> float:
    """Say which share of the answers comes from those who would go on."""
    whole = sum(sample.busy.values())
    if plan.people is None or not whole:
        return 1.0
    return sum(n for who, n in sample.busy.items() if who in plan.people) / whole


def _bounds(found: Estimate) -> list[float]:
    return [found.low, found.mean, found.high]
