"""What every account must hold, worked out from the work itself and not from the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, text

#: (project, annotator, account) → amount; of the project's own account the annotator is None.
Books = dict[tuple[Any, Any, str], Decimal]


def assert_books_balance(connection: Connection) -> None:
    """Prove that ledger, balances and the state of the work say the same, to the cent."""
    due, moved = _from_the_work(connection), _from_the_ledger(connection)
    assert moved == due
    assert sum(moved.values()) == 0
    assert _from_the_balances(connection) == {k: v for k, v in moved.items() if k[1] is not None}


def _from_the_work(connection: Connection) -> Books:
    books: Books = defaultdict(Decimal)
    for project, annotator, account, amount in _rows(connection, _WORK):
        books[project, annotator, account] += amount
        books[project, None, "project"] -= amount
    return _without_nothing(books)


def _from_the_ledger(connection: Connection) -> Books:
    books: Books = defaultdict(Decimal)
    for row in _rows(connection, "SELECT * FROM transfers"):
        for account, amount in ((row.from_account, -row.amount), (row.to_account, row.amount)):
            whose = None if account == "project" else row.annotator_id
            books[row.project_id, whose, account] += amount
    return _without_nothing(books)


def _from_the_balances(connection: Connection) -> Books:
    books: Books = {}
    for row in _rows(connection, "SELECT * FROM participations"):
        books[row.project_id, row.annotator_id, "held"] = row.held
        books[row.project_id, row.annotator_id, "earned"] = row.earned
    return _without_nothing(books)


def _without_nothing(books: Books) -> Books:
    return {account: amount for account, amount in books.items() if amount}


def _rows(connection: Connection, statement: str) -> Iterable[Any]:
    return connection.execute(text(statement)).all()


# the price is that of the configuration under which the work was leased
_WORK = """
WITH verdicts AS (
    SELECT n.id, CASE WHEN EXISTS (
        SELECT FROM excluded_answers e JOIN exclusions x ON x.id = e.exclusion_id
        WHERE e.answer_id = n.id AND x.withholds_pay
    ) THEN 'withheld' ELSE coalesce(
        (SELECT verdict FROM reviews r WHERE r.answer_id = n.id ORDER BY number DESC LIMIT 1),
        CASE WHEN EXISTS (SELECT FROM awaited_reviews w WHERE w.answer_id = n.id)
             THEN 'awaited' ELSE 'accepted' END
    ) END AS verdict
    FROM answers n
)
SELECT a.project_id, a.annotator_id, 'held', c.price FROM assignments a
JOIN project_configs c ON c.project_id = a.project_id AND c.version = a.config_version
WHERE a.state = 'leased' AND c.price > 0
UNION ALL
SELECT n.project_id, n.annotator_id,
       CASE v.verdict WHEN 'awaited' THEN 'held' ELSE 'earned' END, c.price
FROM answers n JOIN verdicts v USING (id)
JOIN project_configs c ON c.project_id = n.project_id AND c.version = n.config_version
WHERE v.verdict IN ('awaited', 'accepted') AND c.price > 0
UNION ALL
SELECT project_id, annotator_id, 'earned', amount FROM bonuses
"""
