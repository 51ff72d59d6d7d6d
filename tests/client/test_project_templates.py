"""Projects to begin with, by the client."""

from __future__ import annotations

from crowd.client import Client


def test_a_project_is_made_of_a_template_and_tried_on_its_items(requester: Client) -> None:
    names = [template.name for template in requester.project_templates.list()]
    template = requester.project_templates.get("moderation")
    assert template.name in names
    assert template.guideline is not None
    assert template.samples is not None
    assert [shown.field for shown in template.fields] == ["text", "context"]

    project = requester.project_templates.create("moderation", "Posts", overlap_max=5)
    report = requester.project_templates.add_samples(project.id, "moderation")

    assert (project.state, project.config.overlap_max, report.created) == ("draft", 5, 10)
    started = requester.projects.change(project.id, etag=project.etag, state="running")
    assert started.config.guideline == 1
