"""How forms and queries become what the API takes."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import Schema, fields
from werkzeug.datastructures import MultiDict

from crowd.errors import Invalid
from crowd.web import forms


class RowIn(Schema):
    field = fields.String(required=True)
    title = fields.String(load_default="")


class PartIn(Schema):
    share = fields.Float()
    most = fields.Integer(strict=True, allow_none=True)


class FormIn(Schema):
    question = fields.String()
    name = fields.String(load_default="mine")
    count = fields.Integer(strict=True)
    after = fields.UUID(data_key="cursor", load_default=None)
    is_blind = fields.Boolean(truthy={True}, falsy={False})
    labels = fields.List(fields.String())
    shares = fields.List(fields.Float())
    rows = fields.List(fields.Nested(RowIn))
    part = fields.Nested(PartIn, allow_none=True)


def load(*typed: tuple[str, str]) -> dict[str, Any]:
    made = forms.load(FormIn, MultiDict(typed))
    return {name: one for name, one in made.items() if (name, one) not in UNSAID}


UNSAID = [("name", "mine"), ("after", None)]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ((), {}),
        ((("question", ""),), {"question": ""}),
        ((("name", ""), ("count", " "), ("cursor", "")), {}),
        ((("count", "12"), ("is_blind", "false")), {"count": 12, "is_blind": False}),
        ((("is_blind", "false"), ("is_blind", "true")), {"is_blind": True}),
        ((("labels", "a\r\n\r\n b "),), {"labels": ["a", "b"]}),
        ((("labels", "a"), ("labels", "b"), ("labels", "")), {"labels": ["a", "b"]}),
        ((("labels", ""),), {"labels": []}),
        ((("part.share", "0.5"), ("part.most", "")), {"part": {"share": 0.5, "most": None}}),
        ((("part.share", ""),), {"part": None}),
    ],
)
def test_what_is_left_empty_is_not_what_is_not_there(
    typed: tuple[tuple[str, str], ...], read: dict[str, Any]
) -> None:
    assert load(*typed) == read


def test_rows_are_read_in_their_order_and_empty_ones_left_out() -> None:
    typed = [
        ("rows.10.field", "b"),
        ("rows.2.field", "a"),
        ("rows.3.field", ""),
        ("rows.3.title", ""),
    ]

    assert load(*typed)["rows"] == [{"field": "a", "title": ""}, {"field": "b", "title": ""}]


def test_errors_stand_under_the_names_of_the_form() -> None:
    typed = [("part.most", "many"), ("rows.7.title", "T"), ("shares", "1\nx"), ("count", "1.5")]

    with pytest.raises(Invalid) as refused:
        load(*typed)

    assert refused.value.errors == {
        "part.most": ["Not a valid integer."],
        "rows.0.field": ["Missing data for required field."],
        "shares": {1: ["Not a valid number."]},
        "count": ["Not a valid integer."],
    }
