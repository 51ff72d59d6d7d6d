"""What a requester's pages refuse, and how kindly."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from crowd.models import Operation, Project
from crowd.services import project_templates, projects
from tests.factories import World
from tests.web.conftest import Form, Visitor

VisitorOf = Callable[..., Visitor]


def view(world: World) -> projects.ProjectView:
    world.session.expire_all()
    return projects.find(world.session, world.requester, world.project_id)


def project_named(world: World, name: str) -> projects.ProjectView:
    project_id = world.session.scalars(select(Project.id).filter_by(name=name)).one()
    return projects.find(world.session, world.requester, project_id)


@pytest.mark.parametrize("template", project_templates.TEMPLATES, ids=lambda one: one.name)
def test_every_template_has_a_form(visitor_of: VisitorOf, template: Any) -> None:
    page = visitor_of("requester").get(f"/projects/new/{template.name}")

    assert template.question in page.replace("&#39;", "'")
    assert all(label in page for label in template.labels)


@pytest.mark.parametrize("template", project_templates.TEMPLATES, ids=lambda one: one.name)
def test_a_template_as_it_is_shown_makes_what_it_says(
    visitor_of: VisitorOf, world: World, template: Any
) -> None:
    visitor = visitor_of("requester")
    shown = Form(visitor.get(f"/projects/new/{template.name}")).fields

    answered = visitor.post(f"/projects/new/{template.name}", **{**shown, "name": "mine"})

    assert answered.status_code == 303, answered.text
    made = project_named(world, "mine")
    assert made.config.answer_type == template.config.get("answer_type", "categorical")
    assert made.config.labels == list(template.labels)
    assert [row["field"] for row in made.config.interface["show"]] == [
        field.field for field in template.fields
    ]


def test_every_kind_of_answer_can_be_reached_from_any_template(
    visitor_of: VisitorOf, world: World
) -> None:
    visitor = visitor_of("requester")
    shown = Form(visitor.get("/projects/new/sentiment")).fields
    span = {"number.minimum": "1", "number.maximum": "9"}

    for name, kind in (("n", "numeric"), ("o", "ordinal"), ("m", "multi-label")):
        wish = {**shown, **span, "name": name, "answer_type": kind}
        assert visitor.post("/projects/new/sentiment", **wish).status_code == 303

    assert project_named(world, "n").config.number["maximum"] == 9
    assert project_named(world, "n").config.labels == []
    assert project_named(world, "o").config.number is None
    assert project_named(world, "m").config.labels == ["negative", "neutral", "positive"]


def test_a_guideline_left_empty_is_none_at_all(visitor_of: VisitorOf, world: World) -> None:
    wish = {"name": "bare", "guideline_body": ""}

    assert visitor_of("requester").post("/projects/new/sentiment", **wish).status_code == 303

    assert project_named(world, "bare").config.guideline is None


def test_a_form_that_makes_no_sense_comes_back_with_what_was_written(
    visitor_of: VisitorOf, world: World
) -> None:
    wish = {"name": "mine", "labels": "a\nb", "overlap_min": "9", "overlap_max": "2"}
    answered = visitor_of("requester").post("/projects/new/comparison", **wish)

    assert answered.status_code == 422
    assert 'value="mine"' in answered.text
    assert "greater than overlap_max (2)" in answered.text
    assert world.session.scalar(select(Project.id).filter_by(name="mine")) is None


def test_a_name_that_is_taken_is_said_beside_the_name(visitor_of: VisitorOf, world: World) -> None:
    taken = view(world).project.name

    answered = visitor_of("requester").post("/projects/new/comparison", name=taken)

    assert answered.status_code == 409
    assert "You already have a project called" in answered.text


def test_a_large_file_is_welcome_and_other_large_forms_are_not(
    visitor_of: VisitorOf, world: World
) -> None:
    visitor = visitor_of("requester")
    lines = b"".join(
        json.dumps({"external_id": str(n), "payload": {"text": "x" * 1000}}).encode() + b"\n"
        for n in range(3000)
    )

    taken = visitor.upload(f"{visitor.project}/imports", "items.ndjson", lines)
    refused = visitor.post(f"{visitor.project}/guidelines", body="x" * 3_000_000)

    assert taken.status_code == 303
    held = select(Operation.total).filter_by(project_id=world.project_id, state="held")
    assert world.session.scalar(held) == len(lines)
    assert refused.status_code == 413


@pytest.mark.parametrize(
    ("pasted", "form", "lines"),
    [
        ("external_id,text\r\n1,hi", "csv", 1),
        ('{"external_id": "1"}', "ndjson", 1),
        ('[{"external_id": "1"}, {"external_id": "2"}]', "ndjson", 2),
    ],
)
def test_pasted_lines_are_known_by_how_they_begin(
    visitor_of: VisitorOf, world: World, pasted: str, form: str, lines: int
) -> None:
    visitor = visitor_of("requester")

    address = visitor.post(f"{visitor.project}/imports", pasted=pasted).headers["Location"]

    page = visitor.get(address.partition("/console")[2])
    assert page.count("{&#34;") + page.count('<code class="plain-code">{}') >= lines
    held = select(Operation.form).filter_by(project_id=world.project_id)
    assert world.session.scalar(held) == form


def test_a_file_that_is_no_table_is_refused_where_it_was_chosen(visitor_of: VisitorOf) -> None:
    visitor = visitor_of("requester")

    picture = visitor.upload(f"{visitor.project}/imports", "cat.png", b"\x89PNG")
    broken = visitor.post(f"{visitor.project}/imports", pasted="[1, 2")

    assert (picture.status_code, broken.status_code) == (422, 422)
    assert "cat.png is no table of items" in picture.text
    assert "not JSON" in broken.text
    assert "[1, 2</textarea>" in broken.text
    assert "A few lines" in broken.text


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x00\x01\x02\xff", "no text in UTF-8"),
        (b"external_id;text\n1;a", "parted by semicolons"),
        (b"", "its header has: nothing"),
        (b"external_id,text\n", "no line in it"),
    ],
)
def test_what_cannot_come_in_is_said_and_cannot_be_imported(
    visitor_of: VisitorOf, content: bytes, why: str
) -> None:
    visitor = visitor_of("requester")
    held = visitor.upload(f"{visitor.project}/imports", "items.csv", content).headers["Location"]

    page = visitor.get(held.removeprefix("/console"))

    assert "Nothing can come in as it is" in page
    assert why in page
    assert ">Import</button>" not in page


def test_of_three_lines_the_bad_one_is_shown_before_anything_comes_in(
    visitor_of: VisitorOf,
) -> None:
    visitor = visitor_of("requester")
    lines = b"external_id,text,gold\n1,a,yes\n2,b,maybe\n3,c,\n"
    held = visitor.upload(f"{visitor.project}/imports", "items.csv", lines).headers["Location"]

    page = visitor.get(held.removeprefix("/console"))

    assert page.count("left out") == 1
    assert "&#39;maybe&#39; is not one of: yes, no" in page
    assert ">Import</button>" in page


def test_an_auditor_reads_and_changes_nothing(visitor_of: VisitorOf, world: World) -> None:
    world.task()
    visitor = visitor_of("auditor")

    for page in ("settings", "guidelines", "imports", "rehearsals", "tasks"):
        assert "form_token" not in visitor.get(f"{visitor.project}/{page}").partition("<main")[2]

    for path in ("settings", "state", "imports", "samples", "rehearsals", "guidelines"):
        assert visitor.post(f"{visitor.project}/{path}").status_code == 403


def test_what_another_tenant_has_is_nowhere(visitor_of: VisitorOf, world: World) -> None:
    visitor, other = visitor_of("operator"), World(world.session)
    task = other.task()

    for path in ("settings", "guidelines", "imports", "rehearsals", "tasks", "dataset", "export"):
        found = visitor.client.get(f"/console/projects/{other.project_id}/{path}")
        assert found.status_code == 404, path
    mine = visitor.client.get(f"/console{visitor.project}/tasks/{task.id}")
    assert mine.status_code == 404


def test_guidelines_are_compared_line_by_line(visitor_of: VisitorOf, world: World) -> None:
    visitor = visitor_of("requester")
    for body in ("Look.\nThink.\n", "Look twice.\nThink.\n<b>bold</b>"):
        visitor.post(f"{visitor.project}/guidelines", body=body, in_force="true")

    page = visitor.get(f"{visitor.project}/guidelines")

    assert "</span>Look twice. </ins>" in page
    assert "</span>Look. </del>" in page
    assert "&lt;b&gt;bold" in page
    assert view(world).config.guideline == 2
