"""The planted ledger is one that a service could have written."""

from __future__ import annotations

from argparse import Namespace
from decimal import Decimal

from sqlalchemy import Engine

from benchmarks.statements import _ask, _planted, _summed
from tests.services.ledger_books import _from_the_balances, _from_the_ledger


def test_what_is_planted_adds_up_before_and_after_days_are_summed_up(committed: Engine) -> None:
    marketplace, requester = _planted(Namespace(transfers=200, annotators=4, projects=2))

    with committed.connect() as connection:
        moved = _from_the_ledger(connection)
        balances = _from_the_balances(connection)
    assert balances == {account: amount for account, amount in moved.items() if account[1]}
    before = _ask(marketplace), _ask(requester)
    _summed()
    assert (_ask(marketplace), _ask(requester)) == before
    assert [line.owed for line in before[0].totals or ()] == [100 * Decimal("0.05")]
