"""Projects to begin with."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from crowd.errors import Invalid, NotFound
from crowd.models import Gold, Task
from crowd.services import guidelines, project_templates, projects
from crowd.services.configs import DEFAULTS
from crowd.services.project_templates import TEMPLATES, Template
from tests.factories import World


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_each_template_makes_a_project_whose_ten_items_come_in(
    world: World, template: Template
) -> None:
    view = project_templates.create(
        world.session, world.requester, template.name, name=template.title, samples=True
    )

    tasks = select(func.count()).select_from(Task).filter_by(project_id=view.project.id)
    gold = select(func.count()).select_from(Gold).filter_by(project_id=view.project.id)
    assert (world.session.scalar(tasks), world.session.scalar(gold)) == (10, 2)
    assert (view.project.state, view.config.guideline) == ("draft", 1)
    assert view.config.labels == list(template.labels)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.name)
def test_each_setting_of_a_template_is_one_and_has_its_reason(template: Template) -> None:
    samples = project_templates.samples_of(template)

    assert template.config.keys() == template.reasons.keys() <= DEFAULTS.keys()
    assert all(label in project_templates.guideline_of(template) for label in template.labels)
    assert {name for item in samples for name in item["payload"]} == {
        shown.field for shown in template.fields
    }


def test_what_the_requester_says_goes_before_the_template(world: World) -> None:
    view = project_templates.create(
        world.session,
        world.requester,
        "sentiment",
        name="mine",
        labels=["bad", "good"],
        overlap_max=4,
        guideline_body="Read it twice.",
        samples=True,
    )

    assert (view.config.labels, view.config.overlap_max) == (["bad", "good"], 4)
    (guideline,) = guidelines.versions(world.session, world.requester, view.project.id)
    assert guideline.body == "Read it twice."
    # the project has no such label: the items come all the same
    assert world.session.scalar(select(Gold.id).filter_by(project_id=view.project.id)) is None


def test_a_project_may_do_without_a_guideline(world: World) -> None:
    view = project_templates.create(
        world.session, world.requester, "comparison", name="bare", guideline_body=" "
    )

    assert (view.config.guideline, view.config.version) == (None, 1)


def test_sample_items_come_in_once(world: World) -> None:
    for created in (10, 0):
        report = project_templates.add_samples(
            world.session, world.requester, world.project_id, "relevance"
        )
        assert (report.received, report.created) == (10, created)


def test_what_makes_no_sense_makes_no_project(world: World) -> None:
    with pytest.raises(NotFound, match="only: classification, moderation"):
        project_templates.create(world.session, world.requester, "poetry", name="mine")
    with pytest.raises(Invalid, match="overlap_min"):
        project_templates.create(
            world.session, world.requester, "comparison", name="mine", overlap_max=2
        )

    page = projects.one_page_of(world.session, world.requester, after=None, limit=9)
    assert [view.project.id for view in page.items] == [world.project_id]
