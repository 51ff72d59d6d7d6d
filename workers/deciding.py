"""From posteriors to decisions: how many answers a task needs, and what it then comes to."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from consensus.decide import decide
from consensus.votes import Floats
from crowd.models import ProjectConfig
from crowd.services.outcomes import Decided
from workers.asking import asks_for_sets, sets_of
from workers.combining import Panel
from workers.numbers import posterior_of_values


@dataclass(frozen=True, slots=True)
class Minds:
    """What decisions depend on beside posteriors."""

    config: ProjectConfig
    run_number: int
    #: Of tasks whose answers have left or come back.
    revisions: Mapping[uuid.UUID, int]
    #: Answers of which their annotators were not sure, by task.
    doubts: Mapping[uuid.UUID, int]
    #: Where numbers are asked for: the answers of each task, and how exact answers are.
    values: Mapping[uuid.UUID, Sequence[float]]
    exact: float = 0.0

    def least_answers(self, task_id: uuid.UUID, *, has_models: bool) -> int:
        """Say how many answers a task takes in any case: one more for each unsure one.

        Fewer where models may stand in for people; not so for the blind share of tasks: on these
        the models are measured, sure as they may be.
        """
        config = self.config
        least, routed = config.overlap_min, config.models["use"] == "routing" and has_models
        if routed and not is_blind(task_id, config.models["blind_share"]):
            least = int(config.models["least_human"])
        return min(config.overlap_max, least + self.doubts.get(task_id, 0))

    def decided(
        self, task_id: uuid.UUID, posterior: Mapping[str, float], answers: int, models: int
    ) -> Decided:
        """Decide on a task."""
        least = self.least_answers(task_id, has_models=bool(models))
        decision = decide(
            posterior,
            answers,
            minimum=least,
            maximum=self.config.overlap_max,
            target=self.config.target_confidence,
            predictions=models,
        )
        return Decided(
            task_id=task_id,
            state=decision.state,
            label=decision.label,
            confidence=min(1.0, decision.confidence),
            posterior=posterior,
            reason=decision.reason,
            answers_seen=answers,
            run_number=self.run_number,
            revision=self.revisions.get(task_id, 0),
            least=least,
        )


def decide_all(
    panel: Panel, people: Floats, minds: Minds, *, also: Collection[uuid.UUID]
) -> Iterator[Decided]:
    """Decide on the tasks of a panel by what people say, posteriors of shape (T, K), and models.

    Where nobody has answered and no model may close the task alone, only on those named in `also`.
    """
    if asks_for_sets(minds.config):
        for task_id, answers, posterior in sets_of(panel.votes, people, minds.config):
            if answers or task_id in also:
                yield minds.decided(task_id, posterior, answers, 0)
        return
    if minds.config.number is not None:
        yield from _decide_numbers(panel, people, minds, also)
        return
    votes = panel.votes
    ids: Any = votes.task_ids
    columns = ids, panel.heard(people), votes.counts.sum(axis=1), panel.counts()
    for number, (task_id, row, answers, models) in enumerate(zip(*columns, strict=True)):
        least = minds.least_answers(task_id, has_models=bool(models))
        if not (answers or least == 0 or task_id in also):
            continue
        posterior = dict(zip(votes.label_set, row.tolist(), strict=True))
        decided = minds.decided(task_id, posterior, int(answers), int(models))
        yield replace(decided, models=panel.explained(number, people[number]))


def _decide_numbers(
    panel: Panel, people: Floats, minds: Minds, also: Collection[uuid.UUID]
) -> Iterator[Decided]:
    """Decide on numbers: the confidence is the probability that one is right but for a tolerance.

    The posterior also says so of each answer.
    """
    ids: Any = panel.votes.task_ids
    for task_id, row in zip(ids, people, strict=True):
        values = minds.values.get(task_id, ())
        if not (values or task_id in also):
            continue
        number = minds.config.number or {}
        said, answered = posterior_of_values(number, row, values, minds.exact)
        decided = minds.decided(task_id, said, len(values), 0)
        yield replace(decided, posterior={**answered, **said})


def is_blind(task_id: uuid.UUID, share: float) -> bool:
    """Draw a task, once and for all: its id is random and known to no annotator."""
    drawn = hashlib.blake2b(task_id.bytes, digest_size=8, person=b"blind").digest()
    return int.from_bytes(drawn) < share * 2**64
