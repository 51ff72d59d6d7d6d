"""What a simulation has shown: how well the engine saw through the crowd."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from statistics import median
from typing import Any, TypeVar

from crowd.client import Result, Skill, Sums
from crowd.simulation.shifts import Given, Shift
from crowd.simulation.simulation import Played
from crowd.simulation.stage import Stage

#: So few answers of somebody who does not work honestly do little harm.
SOON = 30
Label = TypeVar("Label", bound=Hashable)


@dataclass(frozen=True)
class Cost:
    """What has been paid, by the ledger, as the requester's statement has it."""

    currency: str
    #: For answers that were accepted, and of it what was taken back; the difference is owed.
    earned: Decimal
    reversed: Decimal
    owed: Decimal
    #: None: there is no label.
    per_label: Decimal | None


@dataclass(frozen=True)
class OfKind:
    """All annotators of one kind. None: there is nothing to tell it from."""

    kind: str
    annotators: int
    answers: int
    #: Share of their answers that are the truth.
    accuracy: float | None
    #: What the engine estimates, and its interval: means over the annotators, by their answers.
    skill: float | None
    skill_low: float | None
    skill_high: float | None
    #: Of those the engine estimates, how many have their true accuracy within the interval.
    estimated: int
    within: int
    flagged: int
    stopped: int
    #: Answers they had given when they were stopped, in the median.
    stopped_after: float | None
    #: How many of them were stopped after `SOON` answers at the latest.
    stopped_soon: int
    #: How many of them each rule was the first to act on: by its name.
    caught_by: Mapping[str, int]
    #: Seconds an answer took, and what the service saw of them: medians, in simulated time.
    seconds_thought: float | None
    seconds_seen: float | None
    #: What they are owed in the end, and what was taken back; None: nothing is paid.
    owed: Decimal | None
    reversed: Decimal | None


@dataclass(frozen=True)
class Report:
    """One simulation in numbers. Accuracies are of tasks that were not gold."""

    kinds: Sequence[OfKind]
    tasks: int
    gold: int
    annotators: int
    answers: int
    #: Answers that came too late to be taken.
    late: int
    labels: int
    disputed: int
    open: int
    #: Of the most probable label of every task with an answer; of those that are resolved; and of
    #: the majority of the same answers, a tie as its share of right guesses.
    accuracy: float | None
    accuracy_resolved: float | None
    accuracy_majority: float | None
    answers_per_task: float
    #: All answers, those to disputed tasks too, by the tasks that are resolved.
    answers_per_label: float | None
    #: Share of answers spared, against as many as allowed for every task.
    saved: float
    #: None: nothing is paid.
    cost: Cost | None
    seconds: float

    def as_dict(self) -> dict[str, Any]:
        """Give the numbers, rounded as far as they mean something."""
        rounded: dict[str, Any] = _rounded(asdict(self))
        return rounded


def report(played: Played, overlap_max: int) -> Report:
    """Read the outcome through the API and hold it against what was planted."""
    stage, progress = played.stage, played.progress
    # those that were taken out of account too: they have cost as much as others
    answers = sum(len(shift.given) for shift in played.shifts)
    caught = _caught(stage)
    skills = {s.annotator_id: s for s in stage.requester.projects.skills(stage.project_id)}
    results = [
        r for r in stage.requester.results.list(stage.project_id) if r.external_id not in stage.gold
    ]
    cost, paid = _cost(stage)
    truth = {name: stage.labels[item.truth] for name, item in stage.items.items()}
    by_kind: dict[str, list[Shift]] = defaultdict(list)
    for shift in played.shifts:
        by_kind[shift.player.annotator.kind].append(shift)
    return Report(
        kinds=[_of_kind(kind, shifts, skills, caught, paid) for kind, shifts in by_kind.items()],
        tasks=progress.tasks,
        gold=len(stage.gold),
        annotators=len(played.shifts),
        answers=answers,
        late=sum(shift.late for shift in played.shifts),
        labels=progress.resolved,
        disputed=progress.disputed,
        open=progress.open,
        accuracy=_mean(_right(r, truth) for r in results),
        accuracy_resolved=_mean(_right(r, truth) for r in results if r.state == "resolved"),
        accuracy_majority=_majority(played, {r.external_id for r in results}),
        answers_per_task=answers / max(1, progress.tasks),
        answers_per_label=answers / progress.resolved if progress.resolved else None,
        saved=1 - answers / max(1, _allowed(stage, progress.tasks, overlap_max)),
        cost=cost,
        seconds=played.seconds,
    )


def _allowed(stage: Stage, tasks: int, overlap_max: int) -> int:
    """Count the answers that the tasks might have taken; gold may be there for more."""
    gold = stage.requester.projects.get(stage.project_id).config.gold or {}
    exposure = gold.get("exposure") or overlap_max
    return (tasks - len(stage.gold)) * overlap_max + len(stage.gold) * exposure


def _caught(stage: Stage) -> Mapping[str, str]:
    """Find the first rule that acted on each annotator: by their ids, its name."""
    rules = {rule.id: rule.name for rule in stage.requester.rules.list(stage.project_id)}
    newest_first = stage.requester.actions.list(stage.project_id)
    return {one.annotator_id: rules[one.rule_id] for one in newest_first if one.rule_id in rules}


def _cost(stage: Stage) -> tuple[Cost | None, Mapping[str | None, Sums] | None]:
    """Read what the labels cost, and what each annotator is owed; None where nothing is paid."""
    if not stage.requester.projects.get(stage.project_id).config.price:
        return None, None
    (whole,) = stage.requester.statements.totals(project_id=stage.project_id) or (None,)
    lines = {
        line.id: line for line in stage.marketplace.statements.lines(project_id=stage.project_id)
    }
    if whole is None:
        return None, lines
    money = whole.earned, whole.reversed, whole.owed, whole.cost_per_label
    return Cost(whole.currency, *money), lines


def _of_kind(
    kind: str,
    shifts: Sequence[Shift],
    skills: Mapping[str, Skill],
    caught: Mapping[str, str],
    paid: Mapping[str | None, Sums] | None,
) -> OfKind:
    lines = [paid[s.player.id] for s in shifts if paid is not None and s.player.id in paid]
    given = [one for shift in shifts for one in shift.given]
    known = [(s, skills[s.player.id]) for s in shifts if s.given and s.player.id in skills]
    weights = [len(shift.given) for shift, _ in known]
    stopped = [len(shift.given) for shift in shifts if shift.is_stopped]
    within = [k.accuracy_low <= (_accuracy(s.given) or 0) <= k.accuracy_high for s, k in known]
    return OfKind(
        kind=kind,
        annotators=len(shifts),
        answers=len(given),
        accuracy=_accuracy(given),
        skill=_weighted([k.accuracy for _, k in known], weights),
        skill_low=_weighted([k.accuracy_low for _, k in known], weights),
        skill_high=_weighted([k.accuracy_high for _, k in known], weights),
        estimated=len(known),
        within=sum(within),
        flagged=sum(k.is_spammer for _, k in known),
        stopped=len(stopped),
        stopped_after=_median(stopped),
        stopped_soon=sum(answers <= SOON for answers in stopped),
        caught_by=dict(Counter(caught[s.player.id] for s in shifts if s.player.id in caught)),
        seconds_thought=_median([one.thought_s for one in given]),
        seconds_seen=_median([one.seen_s for one in given if one.seen_s is not None]),
        owed=None if paid is None else sum((line.owed for line in lines), Decimal(0)),
        reversed=None if paid is None else sum((line.reversed for line in lines), Decimal(0)),
    )


def _right(result: Result, truth: Mapping[str, str]) -> float:
    return _hit(result.consensus.posterior, truth[result.external_id])


def _majority(played: Played, names: set[str]) -> float | None:
    votes: dict[str, Counter[int]] = defaultdict(Counter)
    for shift in played.shifts:
        for given in shift.given:
            votes[given.item.name][given.label] += 1
    items = played.stage.items
    return _mean(_hit(votes[name], items[name].truth) for name in votes.keys() & names)


def _hit(weights: Mapping[Label, float], truth: Label) -> float:
    """Say how likely the best label is the truth, where one is drawn among equals."""
    best = max(weights.values())
    top = [label for label, weight in weights.items() if best - weight < 1e-9]
    return 1 / len(top) if truth in top else 0.0


def _accuracy(given: Iterable[Given]) -> float | None:
    return _mean(one.is_right for one in given)


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None


def _weighted(values: Sequence[float], weights: Sequence[int]) -> float | None:
    total = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / total if total else None


def _median(values: Sequence[float]) -> float | None:
    return float(median(values)) if values else None


def _rounded(value: Any) -> Any:
    match value:
        case dict():
            return {name: _rounded(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_rounded(inner) for inner in value]
        case float():
            return round(value, 4)
        case Decimal():
            return f"{value:f}"
    return value
