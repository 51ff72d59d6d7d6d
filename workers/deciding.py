"""From posteriors to decisions: how many answers a task needs, and what it then comes to."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from consensus.decide import decide
from consensus.votes import Floats
from crowd.models import ProjectConfig
from crowd.services.outcomes import Decided
from workers.asking import asks_for_sets, sets_of
from workers.combining import Panel


def decide_all(
    panel: Panel,
    people: Floats,
    config: ProjectConfig,
    run_number: int,
    revisions: Mapping[uuid.UUID, int],
    *,
    also: Collection[uuid.UUID],
) -> Iterator[Decided]:
    """Decide on the tasks of a panel by what people say, posteriors of shape (T, K), and models.

    Where nobody has answered and no model may close the task alone, only on those named in `also`.
    """
    if asks_for_sets(config):
        yield from _decide_sets(panel, people, config, run_number, revisions, also)
        return
    votes = panel.votes
    ids: Any = votes.task_ids
    columns = ids, panel.heard(people), votes.counts.sum(axis=1), panel.counts()
    for number, (task_id, row, answers, models) in enumerate(zip(*columns, strict=True)):
        least = least_answers(task_id, config, has_models=bool(models))
        if not (answers or least == 0 or task_id in also):
            continue
        posterior = dict(zip(votes.label_set, row.tolist(), strict=True))
        decision = decide(
            posterior,
            int(answers),
            minimum=least,
            maximum=config.overlap_max,
            target=config.target_confidence,
            predictions=int(models),
        )
        yield Decided(
            task_id=task_id,
            state=decision.state,
            label=decision.label,
            confidence=min(1.0, decision.confidence),
            posterior=posterior,
            reason=decision.reason,
            answers_seen=int(answers),
            run_number=run_number,
            revision=revisions.get(task_id, 0),
            models=panel.explained(number, people[number]),
            least=least,
        )


def _decide_sets(
    panel: Panel,
    people: Floats,
    config: ProjectConfig,
    run_number: int,
    revisions: Mapping[uuid.UUID, int],
    also: Collection[uuid.UUID],
) -> Iterator[Decided]:
    """Decide on whole sets: the confidence is the probability that all of a set is right."""
    for task_id, answers, posterior in sets_of(panel.votes, people, config):
        if not (answers or task_id in also):
            continue
        decision = decide(
            posterior,
            answers,
            minimum=config.overlap_min,
            maximum=config.overlap_max,
            target=config.target_confidence,
        )
        yield Decided(
            task_id=task_id,
            state=decision.state,
            label=decision.label,
            confidence=min(1.0, decision.confidence),
            posterior=posterior,
            reason=decision.reason,
            answers_seen=answers,
            run_number=run_number,
            revision=revisions.get(task_id, 0),
            least=config.overlap_min,
        )


def least_answers(task_id: uuid.UUID, config: ProjectConfig, *, has_models: bool) -> int:
    """Say how many answers a task takes in any case: fewer where models may stand in for people.

    Not for the blind share of tasks: on these the models are measured, sure as they may be.
    """
    routed = config.models["use"] == "routing" and has_models
    if not routed or is_blind(task_id, config.models["blind_share"]):
        return config.overlap_min
    return int(config.models["least_human"])


def is_blind(task_id: uuid.UUID, share: float) -> bool:
    """Draw a task, once and for all: its id is random and known to no annotator."""
    drawn = hashlib.blake2b(task_id.bytes, digest_size=8, person=b"blind").digest()
    return int.from_bytes(drawn) < share * 2**64
