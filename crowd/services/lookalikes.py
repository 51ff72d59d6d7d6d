"""Items that are nearly the same: texts by the words they share, everything else by equality.

An item is a set of features: every three words in a row of its texts, and each address, number or
short text as a whole. Two items are alike when they share most of their features. They are found by
hashes of which near sets mostly have one in common (MinHash, Broder 1997), among the disputes of a
project: by an index, whatever the number of its tasks.
"""

from __future__ import annotations

import hashlib
import random
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows

#: Words in a row that make a feature.
WORDS = 3
#: Share of their features that two items have to have in common (Jaccard).
ALIKE = 0.6
#: Hashes in groups: of sets that share 0.6 of their features nine in ten share a group.
BANDS, DEPTH = 10, 3
#: Candidates that are looked at; of what is there a hundred times the first ones will do.
MOST_CANDIDATES = 100
_PRIME = (1 << 61) - 1
_CHANCE = random.Random(1997)
#: Fixed for ever: stored hashes come from them.
_MIXES = [(_CHANCE.getrandbits(60) | 1, _CHANCE.getrandbits(60)) for _ in range(BANDS * DEPTH)]


@dataclass(frozen=True, slots=True)
class LookAlike:
    """Another dispute about nearly the same item."""

    dispute_id: uuid.UUID
    task_id: uuid.UUID
    external_id: str
    payload: Mapping[str, Any]
    state: str
    #: Share of the features of both that they have in common; 1: the items are the same.
    likeness: float
    #: What stands for it by a ruling: `label`, `no_right_answer`; None: there is none.
    verdict: str | None
    label: str | None


def features(payload: Mapping[str, Any]) -> frozenset[str]:
    """Take an item apart."""
    return frozenset(_features("", payload))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Measure which share of the features of two items they have in common, from 0 to 1."""
    every = len(one | other)
    return len(one & other) / every if every else 0.0


def fingerprint(project_id: uuid.UUID, of: Iterable[str]) -> list[int]:
    """Hash features, so that near sets of one project mostly share a number. None of nothing."""
    numbers = [int.from_bytes(_hash(feature.encode())) % _PRIME for feature in of]
    if not numbers:
        return []
    least = [min((a * n + b) % _PRIME for n in numbers) for a, b in _MIXES]
    return [
        int.from_bytes(
            _hash(project_id.bytes + repr((band, least[band * DEPTH :][:DEPTH])).encode()),
            signed=True,
        )
        for band in range(BANDS)
    ]


def of_dispute(session: Session, dispute_id: uuid.UUID, *, most: int = 20) -> Sequence[LookAlike]:
    """List the disputes about nearly the same item, those already ruled on first, then the nearest.

    One lookup in an index, and at most a hundred items read.
    """
    found = rows(session, _CANDIDATES, dispute=dispute_id, most=MOST_CANDIDATES)
    mine = next((features(row.payload) for row in found if row.id == dispute_id), frozenset())
    alike = [
        LookAlike(
            dispute_id=row.id,
            task_id=row.task_id,
            external_id=row.external_id,
            payload=row.payload,
            state=row.state,
            likeness=share,
            verdict=row.verdict,
            label=row.label,
        )
        for row in found
        if row.id != dispute_id and (share := likeness(mine, features(row.payload))) >= ALIKE
    ]
    return sorted(alike, key=lambda one: (one.verdict is None, -one.likeness))[:most]


def _features(path: str, value: Any) -> Iterator[str]:
    match value:
        case dict():
            for name, part in value.items():
                yield from _features(f"{path}/{name}", part)
        case list():
            for part in value:
                yield from _features(path, part)
        case str() if not value.startswith(("http://", "https://", "data:")):
            words = value.casefold().split()
            for place in range(max(1, len(words) - WORDS + 1)):
                yield f"{path}={' '.join(words[place : place + WORDS])}"
        case None:
            return
        case _:
            yield f"{path}={value}"


def _hash(text: bytes) -> bytes:
    return hashlib.blake2b(text, digest_size=8).digest()


# a task has one line here: its open dispute, else its newest. The item itself comes along
_CANDIDATES = """
WITH mine AS MATERIALIZED (
    SELECT id, project_id, task_id, fingerprint FROM disputes WHERE id = %(dispute)s
),
near AS (
    SELECT id FROM mine
    UNION ALL
    (
        SELECT d.id FROM disputes d
        WHERE d.fingerprint && (SELECT fingerprint FROM mine)
          AND d.project_id = (SELECT project_id FROM mine)
          AND d.task_id <> (SELECT task_id FROM mine) AND d.state <> 'settled'
        LIMIT %(most)s
    )
)
SELECT DISTINCT ON (d.task_id) d.id, d.task_id, t.external_id, t.payload, d.state,
       CASE WHEN h.task_id IS NULL THEN NULL WHEN h.label IS NULL THEN 'no_right_answer'
            ELSE 'label' END AS verdict, h.label
FROM near JOIN disputes d ON d.id = near.id
JOIN tasks t ON t.id = d.task_id
LEFT JOIN standing_rulings h ON h.task_id = d.task_id
ORDER BY d.task_id, d.state = 'open' DESC, d.id DESC
"""
