"""Whatever people rule, and whatever else happens: what stands is the result, and nothing is lost.

CROWD_DEPTH multiplies how much happens, and makes it something else in each run.
"""

from __future__ import annotations

import os
import random
from typing import Any

from sqlalchemy import Connection, Engine, select, text

from crowd.db import rows
from crowd.models import Dispute, OutboxEvent, StandingRuling, Task
from crowd.services import appeals, claims, disputes, gold, rulings
from tests.services.ledger_books import assert_books_balance
from tests.services.ledger_life import Life
from workers.jobs import consensus

DEPTH = int(os.environ.get("CROWD_DEPTH", "1"))
SEED = random.randrange(10**6) if "CROWD_DEPTH" in os.environ else 0
STEPS, CHECKED_EVERY = 700 * DEPTH, 20


class RuledLife(Life):
    """A project that pays, with people at its disputes."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(chance)
        self.people: list[Any] = []
        self.often |= {
            self.raise_disputes: 12, self.rule: 25, self.undo: 8, self.claim: 6,
            self.contest: 4, self.decide: 15, self.refit: 2, self.put_gold: 3,
            self.retire_gold: 3, self.want_second: 2,
        }  # fmt: skip
        # a budget that is spent would end the life early
        del self.often[self.configure]

    def person(self) -> Any:
        if len(self.people) < 3:
            self.people.append(self.world.person())
        return self.chance.choice(self.people)

    def raise_disputes(self) -> Any:
        cause = self.chance.choice(["split_by_pool", "guideline_change", "audit"])
        return disputes.open_about(self.world.session, self._some(Task, most=3), cause)

    def rule(self) -> Any:
        for one in self._some(Dispute):
            row = disputes.find(self.world.session, self.world.requester, one)
            return rulings.rule(
                self.world.session,
                self.person(),
                one,
                expected=str(row.dispute.version),
                label=self.chance.choice(["yes", "no", None]),
                reason=self.chance.choice(["annotator_error", "ambiguous_item"]),
            )
        return None

    def undo(self) -> Any:
        query = select(StandingRuling.ruling_id).filter_by(project_id=self.world.project_id)
        found = sorted(self.world.session.scalars(query))
        return found and rulings.undo(
            self.world.session, self.person(), self.chance.choice(found), comment="by chance"
        )

    def claim(self) -> Any:
        return claims.claim_next(self.world.session, self.person(), self.world.project_id)

    def contest(self) -> Any:
        query = "SELECT id FROM answers WHERE project_id = %(p)s ORDER BY random() LIMIT 1"
        for row in rows(self.world.session, query, p=self.world.project_id):
            world = self.world
            return appeals.against_judgement(world.session, world.marketplace, row.id, comment="x")
        return None

    def decide(self) -> Any:
        wanted = ("answer.submitted", "answers.excluded", "decision.requested")
        query = select(OutboxEvent.id).where(OutboxEvent.topic.in_(wanted))
        told = list(self.world.session.scalars(query))
        consensus.update_posteriors(told)
        return told

    def refit(self) -> Any:
        consensus.refit_project(self.world.project_id)
        return True

    def put_gold(self) -> Any:
        for one in self._some(Task):
            label = self.chance.choice(["yes", "no"])
            return gold.put(self.world.session, self.world.requester, one, label=label)
        return None

    def retire_gold(self) -> Any:
        for one in self._some(Task, is_gold=True):
            gold.retire(self.world.session, self.world.requester, one)
            return True
        return None

    def want_second(self) -> Any:
        self.world.change(
            rulings={
                "second": self.chance.choice(["never", "never", "overturns", "always"]),
                "judges": self.chance.random() < 0.5,
            }
        )
        return True


def test_what_stands_is_the_result_whatever_happens(committed: Engine) -> None:
    chance = random.Random(SEED)
    life, kept = RuledLife(chance), 0
    for step in range(1, STEPS + 1):
        life.step()
        if step % CHECKED_EVERY == 0:
            with committed.connect() as connection:
                assert_rulings_stand(connection)
                assert_books_balance(connection)
                kept = assert_nothing_is_lost(connection, kept)

    print(SEED, dict(life.done))  # noqa: T201 - what is needed to do it again
    assert {act.__name__ for act in life.often} <= life.done.keys()


def assert_rulings_stand(connection: Connection) -> None:
    """Work out what stands from the rulings alone, and hold everything else against it."""
    assert connection.execute(text(_WRONG)).all() == []


def assert_nothing_is_lost(connection: Connection, before: int) -> int:
    count = "SELECT (SELECT count(*) FROM answers) + (SELECT count(*) FROM rulings)"
    kept: int = connection.execute(text(count)).scalar_one()
    assert kept >= before
    versions = "SELECT FROM tasks t WHERE result_version <> (SELECT count(*) FROM results r "
    assert connection.execute(text(versions + "WHERE r.task_id = t.id)")).all() == []
    return kept


_WRONG = """
WITH last AS (
    SELECT DISTINCT ON (task_id) id, task_id, verdict, label FROM rulings
    WHERE is_final ORDER BY task_id, id DESC
)
SELECT t.external_id, last.verdict, last.label, h.ruling_id, r.label, r.state, t.state, g.label
FROM tasks t
LEFT JOIN last ON last.task_id = t.id AND last.verdict <> 'withdrawn'
LEFT JOIN standing_rulings h ON h.task_id = t.id
LEFT JOIN results r ON r.task_id = t.id AND r.version = t.result_version
LEFT JOIN gold g ON g.task_id = t.id AND g.retired_at IS NULL
WHERE h.ruling_id IS DISTINCT FROM last.id
   OR h.label IS DISTINCT FROM last.label
   OR r.ruling_id IS DISTINCT FROM last.id
   OR (last.id IS NOT NULL AND (
        r.label IS DISTINCT FROM last.label OR r.state <> 'resolved'
        OR t.state = 'disputed' OR (last.label IS NULL AND t.state <> 'resolved')
        OR g.label <> last.label
   ))
   OR t.is_gold <> (g.label IS NOT NULL)
"""
