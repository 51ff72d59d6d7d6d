"""Settings in a browser: everything that the API takes, for every kind of answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from marshmallow import Schema, fields

from crowd.models import ProjectConfig
from crowd.schemas.configs import ConfigIn
from crowd.services import projects
from tests.factories import World
from tests.web.conftest import Form, Visitor

VisitorOf = Callable[..., Visitor]
LOOKS = {
    "instructions": "Listen to the end.",
    "show": [{"field": "clip", "kind": "audio", "title": "Voice"}],
    "labels": [{"label": "yes", "title": "It is", "hint": "also when tense", "key": "y"}],
    "unsure": False,
    "comment": True,
}
RANGE = {"minimum": 0.0, "maximum": 40.0, "step": 0.5, "unit": "kg", "tolerance": None}


def view(world: World) -> projects.ProjectView:
    world.session.expire_all()
    return projects.find(world.session, world.requester, world.project_id)


def config(world: World) -> ProjectConfig:
    return view(world).config


def form_of(visitor: Visitor) -> dict[str, list[str]]:
    return Form(visitor.get(f"{visitor.project}/settings")).fields


def names_in(schema: Schema, prefix: str = "") -> Iterator[str]:
    """Name every field of a schema, those of its parts and of the first row of its lists too."""
    for name, field in schema.fields.items():
        inner = getattr(field, "inner", None)
        if isinstance(field, fields.Nested):
            yield from names_in(field.schema, f"{prefix}{name}.")
        elif isinstance(inner, fields.Nested):
            yield from names_in(inner.schema, f"{prefix}{name}.0.")
        else:
            yield prefix + name


def test_every_field_of_the_configuration_has_one_in_the_settings(visitor_of: VisitorOf) -> None:
    shown = form_of(visitor_of("requester"))

    assert sorted(set(names_in(ConfigIn())) - shown.keys()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"interface": LOOKS, "expected_shares": [0.25, 0.75], "price": "0.05", "currency": "EUR"},
        {"answer_type": "ordinal", "probation": {"gold": 4, "right": 0.75}},
        {"answer_type": "multi-label", "interface": LOOKS},
        {"answer_type": "numeric", "labels": [], "number": RANGE, "question": "How heavy?"},
    ],
    ids=["looks", "scale", "sets", "number"],
)
def test_settings_as_they_are_shown_change_nothing(
    visitor_of: VisitorOf, world: World, change: dict[str, Any]
) -> None:
    world.change(**change)
    visitor = visitor_of("requester")

    answered = visitor.post(f"{visitor.project}/settings", **form_of(visitor))

    assert answered.status_code == 303, answered.text
    assert config(world).version == 2


def test_settings_change_only_what_the_form_has(visitor_of: VisitorOf, world: World) -> None:
    visitor = visitor_of("requester")
    before = view(world)

    answered = visitor.post(
        f"{visitor.project}/settings",
        expected=before.version_tag,
        labels="yes\r\nno\r\nunclear",
        deadline_at="",
        whole_batches="true",
        **{"limits.annotator.day": "50", "probation.gold": "", "probation.right": ""},
    )

    assert answered.status_code == 303
    after = config(world)
    assert (after.labels, after.whole_batches) == (["yes", "no", "unclear"], True)
    assert (after.limits["annotator"]["day"], after.limits["held"]) == (50, 100)
    assert (after.probation, after.overlap_max) == (None, before.config.overlap_max)


def test_who_was_slower_is_told_what_is_different_now(visitor_of: VisitorOf, world: World) -> None:
    visitor = visitor_of("requester")
    opened = view(world).version_tag
    world.change(overlap_max=8)

    answered = visitor.post(f"{visitor.project}/settings", expected=opened, question="Mine?")

    assert answered.status_code == 412
    assert "<strong>overlap max</strong>: 8" in answered.text
    assert 'value="Mine?"' in answered.text
    assert view(world).version_tag in answered.text


def send(visitor: Visitor, **changed: str) -> Any:
    """Send the settings as they are shown, but for what is changed."""
    return visitor.post(f"{visitor.project}/settings", **{**form_of(visitor), **changed})


def test_a_project_asks_for_a_number_and_then_for_labels_again(
    visitor_of: VisitorOf, world: World
) -> None:
    world.change(interface=LOOKS, expected_shares=[0.25, 0.75])
    visitor = visitor_of("requester")
    span = {"number.minimum": "0", "number.maximum": "40", "number.unit": "kg"}

    assert send(visitor, answer_type="numeric", **span).status_code == 303
    asked = config(world)
    assert asked.number == {
        "minimum": 0,
        "maximum": 40,
        "step": None,
        "unit": "kg",
        "tolerance": None,
    }
    assert (asked.labels, asked.expected_shares, asked.interface["labels"]) == ([], None, [])

    assert send(visitor, answer_type="multi-label", labels="cat\ndog").status_code == 303
    assert (config(world).number, config(world).labels) == (None, ["cat", "dog"])


def test_a_share_stays_with_its_label_wherever_that_goes(
    visitor_of: VisitorOf, world: World
) -> None:
    world.change(interface=LOOKS, expected_shares=[0.25, 0.75])
    visitor = visitor_of("requester")

    assert send(visitor, labels="no\nyes").status_code == 303

    assert (config(world).labels, config(world).expected_shares) == (["no", "yes"], [0.75, 0.25])
    assert config(world).interface["labels"] == LOOKS["labels"]


def test_a_new_label_among_those_that_have_shares_is_asked_for_its_own(
    visitor_of: VisitorOf, world: World
) -> None:
    world.change(expected_shares=[0.25, 0.75])

    answered = send(visitor_of("requester"), labels="yes\nno\nunclear")

    assert answered.status_code == 422
    row = answered.text.partition('value="unclear">unclear</th>')[2]
    assert "Needed where other labels have one." in row.partition("</tr>")[0]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"interface.labels.1.key": "?"}, "One letter or digit, as a."),
        ({"interface.show.0.field": "clip"}, "Missing data for required field."),
        ({"interface.labels.0.key": "u"}, "a key of the page itself: u"),
        ({"answer_type": "numeric", "number.minimum": "lots"}, "Not a valid number."),
        ({"models.least_human": "9"}, "greater than overlap_min"),
        ({"method": "ordinal-dawid-skene"}, "only with answer_type ordinal or numeric"),
    ],
)
def test_what_is_refused_is_said_beside_its_field_and_stays_as_it_was_typed(
    visitor_of: VisitorOf, world: World, typed: dict[str, str], why: str
) -> None:
    answered = send(visitor_of("requester"), question="Mine?", **typed)

    assert answered.status_code == 422
    assert why in answered.text.partition('class="wide-form')[2]
    again = Form(answered.text).fields
    assert {name: again[name] for name in typed} == {name: [one] for name, one in typed.items()}
    assert (again["question"], config(world).question) == (["Mine?"], "")


def test_a_refused_form_keeps_what_another_kind_of_answer_needs(
    visitor_of: VisitorOf, world: World
) -> None:
    world.change(interface=LOOKS, expected_shares=[0.25, 0.75])

    answered = send(visitor_of("requester"), answer_type="numeric")

    assert answered.status_code == 422
    again = Form(answered.text).fields
    assert again["labels"] == ["yes\nno"]
    assert again["expected_shares"] == ["0.25", "0.75"]
    assert again["interface.labels.0.title"] == ["It is"]


def test_versions_say_what_each_changed(visitor_of: VisitorOf, world: World) -> None:
    world.change(answer_type="numeric", labels=[], number=RANGE)
    world.change(answer_type="ordinal", labels=["yes", "no"], number=None, interface=LOOKS)
    visitor = visitor_of("auditor")

    page = visitor.get(f"{visitor.project}/settings").partition("What it changed")[2]

    assert "<strong>interface show</strong>: clip (audio, Voice)" in page
    assert "<strong>interface labels</strong>: yes (y, also when tense, It is)" in page
    assert "<strong>number unit</strong>: kg" in page
    assert "<strong>number</strong>: none" in page
