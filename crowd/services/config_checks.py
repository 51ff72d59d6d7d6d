"""What a configuration may not say: each refusal names the field and what to do."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from consensus.method_names import ORDERED
from crowd.errors import Invalid
from crowd.models import Answer, Guideline, Participation, Pool, Project
from crowd.services import interfaces
from crowd.services.answer_kinds import MOST_LABELS, MULTI_LABEL, NUMERIC, ORDINAL, labels_in

#: Kinds whose answers are written in another way than single labels are.
_WRITTEN_ALIKE = {MULTI_LABEL: MULTI_LABEL, NUMERIC: NUMERIC}


def require_sound(session: Session, project_id: uuid.UUID, values: Mapping[str, Any]) -> None:
    """Refuse what contradicts itself, or names what is not there. Raises Invalid."""
    if values["overlap_min"] > values["overlap_max"]:
        raise Invalid(
            "overlap_min must not be greater than overlap_max.",
            errors={"overlap_min": [f"greater than overlap_max ({values['overlap_max']})"]},
        )
    if values["models"]["least_human"] > values["overlap_min"]:
        raise Invalid(
            "models.least_human must not be greater than overlap_min.",
            errors={
                "models": {"least_human": [f"greater than overlap_min ({values['overlap_min']})"]}
            },
        )
    interfaces.check(values["interface"], values["labels"])
    _refuse_what_a_kind_cannot(values)
    _refuse_shares_that_make_no_whole(values)
    _refuse_money_that_makes_no_sense(values)
    _refuse_unknown_guideline(session, project_id, values["guideline"])
    _refuse_unknown_pools(session, project_id, values["pools"])


def keep_answers(
    session: Session, project_id: uuid.UUID, before: str, values: Mapping[str, Any]
) -> None:
    """Refuse to take away labels that answers have, or to ask for another kind of them.

    Raises Invalid.
    """
    kind, labels = values["answer_type"], values["labels"]
    query = select(Answer.label).filter_by(project_id=project_id).distinct()
    texts = session.scalars(query).all()
    if texts and _WRITTEN_ALIKE.get(kind) != _WRITTEN_ALIKE.get(before):
        raise Invalid(
            f"There are answers already: {before} cannot become {kind} any more.",
            errors={"answer_type": [f"{before} before"]},
        )
    used = {label for text in texts for label in labels_in(before, text)}
    if lost := sorted(used - set(labels)):
        raise Invalid(
            "Labels that have been given as answers cannot be taken away.",
            errors={"labels": [f"in use: {', '.join(lost)}"]},
        )


def keep_currency(session: Session, project_id: uuid.UUID, before: str, after: str | None) -> None:
    """Refuse another currency once annotators have begun: transfers follow from their work.

    Waits for those who are beginning at this moment. Raises Invalid.
    """
    # conflicts with the reference of a participation that is being made; nothing else locks so
    session.execute(select(Project.id).filter_by(id=project_id).with_for_update())
    began = select(Participation.annotator_id).filter_by(project_id=project_id).limit(1)
    if session.scalar(began) is not None:
        raise Invalid(
            f"Annotators have begun to work for {before}: the currency cannot change any more.",
            errors={"currency": [f"cannot change from {before} to {after}"]},
        )


def _refuse_what_a_kind_cannot(values: Mapping[str, Any]) -> None:
    kind, wrong = values["answer_type"], dict[str, Any]()
    if values["method"] in ORDERED and kind not in (ORDINAL, NUMERIC):
        wrong["method"] = ["only with answer_type ordinal or numeric"]
    if kind == NUMERIC and values["method"] not in ("auto", *ORDERED):
        wrong["method"] = ["auto is the only one for numbers"]
    if (kind == NUMERIC) != (values["number"] is not None):
        wrong["number"] = ["needed with answer_type numeric, and with no other"]
    if kind == NUMERIC and values["labels"]:
        wrong["labels"] = ["none where a number is asked for"]
    if kind != NUMERIC and len(values["labels"]) < 2:
        wrong["labels"] = ["two at least"]
    if kind == MULTI_LABEL and len(values["labels"]) > MOST_LABELS:
        wrong["labels"] = [f"at most {MOST_LABELS} for sets"]
    if kind in (MULTI_LABEL, NUMERIC):
        if values["models"]["use"] != "off":
            wrong["models"] = {"use": ["off is the only one"]}
        if values["strategy"] == "informative":
            wrong["strategy"] = ["not informative"]
    if wrong:
        raise Invalid(f"That does not go with answer_type {kind}.", errors=wrong)


def _refuse_unknown_guideline(session: Session, project_id: uuid.UUID, version: int | None) -> None:
    if version is not None and session.get(Guideline, (project_id, version)) is None:
        raise Invalid(
            f"The project has no guideline {version}. Add one first: POST …/guidelines.",
            errors={"guideline": [f"there is no version {version}"]},
        )


def _refuse_unknown_pools(session: Session, project_id: uuid.UUID, names: Sequence[str]) -> None:
    owner = select(Project.tenant_id).filter_by(id=project_id).scalar_subquery()
    query = select(Pool.name).where(Pool.tenant_id == owner, Pool.name.in_(names))
    # none of them is removed meanwhile
    known = session.scalars(query.with_for_update(read=True, key_share=True)).all()
    if unknown := sorted(set(names) - set(known)):
        raise Invalid(
            f"You have no pool {unknown[0]!r}. Make it first: POST /api/v1/pools.",
            errors={"pools": [f"unknown: {', '.join(unknown)}"]},
        )


def _refuse_shares_that_make_no_whole(values: Mapping[str, Any]) -> None:
    shares, labels = values["expected_shares"], values["labels"]
    if shares is not None and (len(shares) != len(labels) or abs(sum(shares) - 1) > 1e-6):
        raise Invalid(
            "expected_shares must hold one share for each label, and add up to 1.",
            errors={"expected_shares": [f"needs {len(labels)} shares that add up to 1"]},
        )


def _refuse_money_that_makes_no_sense(values: Mapping[str, Any]) -> None:
    price, budget = values["price"], values["budget"]
    if (price is not None or budget is not None) and values["currency"] is None:
        raise Invalid(
            "An amount of money needs a currency.", errors={"currency": ["needed, as EUR or USD"]}
        )
    if price is not None and budget is not None and budget < price:
        raise Invalid(
            "The budget does not pay for a single answer.",
            errors={"budget": [f"less than price ({price:f})"]},
        )
