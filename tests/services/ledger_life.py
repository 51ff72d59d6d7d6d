"""A project that lives by chance: every operation is a transaction of its own, as a request is.

`python -m tests.services.ledger_life DATABASE` lives until it is killed.
"""

from __future__ import annotations

import random
import sys
import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, text

from crowd import db
from crowd.db import transaction
from crowd.errors import CrowdError
from crowd.models import Answer, Assignment, Ban, Exclusion
from crowd.services import annotators, answers, assignments, bans, bonuses, exclusions, reviews
from crowd.services.answers import Given
from tests.factories import World

NAMES = "abcdefgh"
PRICES = [None, Decimal("0"), Decimal("0.000001"), Decimal("0.05"), Decimal("0.07"), Decimal("1.5")]


class Life:
    """What can happen to a project that pays, and how often each did."""

    def __init__(self, chance: random.Random) -> None:
        self.chance, self.done = chance, Counter[str]()
        with transaction() as session:
            self.world = World(
                session,
                price=Decimal("0.05"),
                currency="EUR",
                review_seconds=3600,
                pay_excluded=False,
                overlap_min=4,
                overlap_max=8,
            )
            self.world.tasks(30)
            for name in NAMES:
                self.world.annotator(name)
        self.often: dict[Callable[[], Any], int] = {
            self.lease: 20, self.lease_by_name: 12, self.submit: 30, self.submit_late: 8,
            self.give_back: 5, self.expire: 6, self.block: 2, self.unblock: 4,
            self.configure: 3, self.accept: 10, self.reject: 10, self.pay_bonus: 6,
            self.let_time_accept: 8, self.add_tasks: 2, self.exclude: 4, self.lift: 4,
            self.ban: 2, self.lift_ban: 4,
        }  # fmt: skip

    def step(self) -> None:
        """Do one thing; a refusal is undone as a request's is."""
        (act,) = self.chance.choices(list(self.often), list(self.often.values()))
        try:
            with transaction() as session:
                self.world.session = session
                if act():
                    self.done[act.__name__] += 1
        except CrowdError as refused:
            self.done[refused.code] += 1

    def lease(self) -> Any:
        return self.world.lease(self.chance.choice(NAMES), self.chance.randint(1, 3)).leases

    def lease_by_name(self) -> Any:
        query = text("SELECT external_id FROM tasks WHERE project_id = :p ORDER BY id")
        names = self.world.session.execute(query, {"p": self.world.project_id}).scalars().all()
        named = self.chance.sample(names, 3)
        return self.world.lease(self.chance.choice(NAMES), named=named).leases

    def submit(self) -> Any:
        return self._hand_in(self._some(Assignment, state="leased", most=3))

    def submit_late(self) -> Any:
        return self._hand_in(self._some(Assignment, state="expired", most=3))

    def _hand_in(self, ids: list[uuid.UUID]) -> Any:
        given = [Given(one, self.chance.choice(["yes", "no"])) for one in ids]
        outcomes = answers.submit_all(self.world.session, self.world.marketplace, given)
        return [one for one in outcomes if not isinstance(one, CrowdError)]

    def give_back(self) -> Any:
        held = self._some(Assignment, state="leased")
        return held and assignments.give_back(self.world.session, self.world.marketplace, *held)

    def expire(self) -> Any:
        for one in self._some(Assignment, state="leased", most=4):
            self.world.let_expire(one)
        return assignments.expire_due(self.world.session, limit=10)

    def block(self) -> Any:
        who = self.world.annotator(self.chance.choice(NAMES)).id
        return annotators.block(self.world.session, self.world.marketplace, who, "by chance")

    def unblock(self) -> Any:
        who = self.world.annotator(self.chance.choice(NAMES)).id
        return annotators.unblock(self.world.session, self.world.marketplace, who)

    def configure(self) -> Any:
        budget = self.chance.choice([None, None, Decimal(2), Decimal(20)])
        seconds = self.chance.choice([0, 3600])
        price = self.chance.choice(PRICES)
        keeps_pay = self.chance.random() < 1 / 3
        self.world.change(
            price=price, budget=budget, review_seconds=seconds, pay_excluded=keeps_pay
        )
        return True

    def accept(self) -> Any:
        given = self._some(Answer)
        return given and reviews.accept(self.world.session, self.world.requester, *given)

    def reject(self) -> Any:
        given = self._some(Answer)
        return given and reviews.reject(
            self.world.session, self.world.requester, *given, reason="wrong"
        )

    def exclude(self) -> Any:
        return exclusions.exclude(
            self.world.session,
            self.world.requester,
            self.world.project_id,
            annotator_id=self.world.annotator(self.chance.choice(NAMES)).id,
            reason="spam",
        )

    def lift(self) -> Any:
        made = self._some(Exclusion, lifted_at=None)
        return made and exclusions.lift(self.world.session, self.world.requester, *made)

    def ban(self) -> Any:
        who = self.world.annotator(self.chance.choice(NAMES)).id
        return bans.impose(
            self.world.session, self.world.requester, annotator_id=who, reason="by chance"
        )

    def lift_ban(self) -> Any:
        query = select(Ban.id).filter_by(lifted_at=None).order_by(func.random()).limit(1)
        return [
            bans.lift(self.world.session, self.world.requester, ban_id, reason="by chance")
            for ban_id in self.world.session.scalars(query)
        ]

    def pay_bonus(self) -> Any:
        """The same one twice, or another under the same key, now and then."""
        return bonuses.grant(
            self.world.session,
            self.world.requester,
            self.world.project_id,
            annotator_id=self.world.annotator(self.chance.choice(NAMES)).id,
            amount=Decimal(self.chance.choice(["0.1", "0.2"])),
            currency="EUR",
            reason="well done",
            key=str(self.chance.randint(1, 40)),
        )

    def let_time_accept(self) -> Any:
        self.world.session.execute(text("UPDATE awaited_reviews SET due_at = now()"))
        return reviews.accept_due(self.world.session, limit=5)

    def add_tasks(self) -> Any:
        return self.world.tasks(2)

    def _some(self, model: Any, most: int = 1, **fields: Any) -> list[uuid.UUID]:
        query = select(model.id).filter_by(project_id=self.world.project_id, **fields)
        found = list(self.world.session.scalars(query.order_by(func.random()).limit(most)))
        return sorted(found)


if __name__ == "__main__":
    db.connect(sys.argv[1])
    life = Life(random.Random())
    while True:
        life.step()
        print("lives", flush=True)  # noqa: T201 - whoever kills it waits for this
