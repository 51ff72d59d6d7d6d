"""What each answer is to have earned by now, and bringing the ledger there.

An answer that waits for its review is held, an accepted one earns, a rejected one does not. Nor
does one that an exclusion has taken out of account, where that withholds pay.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from crowd.db import rows
from crowd.services import configs, transfers
from crowd.services.transfers import Move


def settle(session: Session, answer_ids: Sequence[uuid.UUID]) -> None:
    """Move what some answers are paid to where it belongs; a second time there is nothing to move.

    The caller has locked the annotators' participations.
    """
    answers = rows(session, _DUE, answers=answer_ids)
    histories = transfers.of_assignments(session, [answer.assignment_id for answer in answers])
    transfers.post(
        session,
        [
            move
            for answer in answers
            for move in _moves(session, answer, histories.get(answer.assignment_id, []))
        ],
    )


def _moves(session: Session, answer: Any, history: Sequence[Any]) -> list[Move]:
    if (hold := transfers.open_hold(history)) is not None:
        is_held = answer.account == "held"
        return [] if is_held else [transfers.closing(hold, earned=answer.account == "earned")]
    if (earning := transfers.standing_earning(history)) is not None:
        return [transfers.reversing(earning)] if answer.account is None else []
    terms = configs.terms(session, answer.project_id, answer.config_version)
    if answer.account is None or not terms.pays:
        return []
    return [transfers.anew(answer, terms)]


#: Whether answer `n` is accepted, rejected or awaited. Nobody's word on it is acceptance.
VERDICT = """CASE
    WHEN EXISTS (SELECT FROM awaited_reviews WHERE answer_id = n.id) THEN 'awaited'
    ELSE coalesce((
        SELECT verdict FROM reviews WHERE answer_id = n.id ORDER BY number DESC LIMIT 1
    ), 'accepted') END"""
# the account in which an answer's price belongs; NULL: in none of the annotator's
_DUE = f"""
SELECT n.id, n.assignment_id, n.project_id, n.annotator_id, n.config_version,
       CASE WHEN NOT EXISTS (
           SELECT FROM excluded_answers e JOIN exclusions x ON x.id = e.exclusion_id
           WHERE e.answer_id = n.id AND x.withholds_pay
       ) THEN CASE {VERDICT} WHEN 'awaited' THEN 'held' WHEN 'accepted' THEN 'earned' END
       END AS account
FROM answers n
WHERE n.id = ANY (%(answers)s::uuid[])
ORDER BY n.id
"""
