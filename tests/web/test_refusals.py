"""What a person is told who may not do something."""

from __future__ import annotations

from collections.abc import Callable

from crowd.services import users
from tests.factories import World, unique
from tests.web.conftest import Visitor

VisitorOf = Callable[..., Visitor]


def test_who_lacks_a_role_is_told_which_would_do_and_whom_to_ask(
    visitor_of: VisitorOf, world: World
) -> None:
    grace = users.create(world.session, email=f"{unique('g')[-4:]}@example.org", name="Grace")
    world.session.flush()
    tenant = users.tenant_with(world.session, world.requester.tenant_id)
    users.grant(world.session, grace, tenant, ["operator"])
    visitor = visitor_of("auditor")

    refused = visitor.post(f"{visitor.project}/settings")

    assert refused.status_code == 403
    assert "Your role does not allow this" in refused.text
    assert "It takes the role operator or requester; yours is auditor." in refused.text
    assert "Roles are given by operators: ask Grace." in refused.text


def test_where_there_is_no_operator_the_administrator_is_to_be_asked(
    visitor_of: VisitorOf,
) -> None:
    refused = visitor_of("auditor").client.get("/console/projects/new")

    assert "Roles are given by the installation&#39;s administrator." in refused.text


def test_what_belongs_to_the_installation_is_its_administrators(visitor_of: VisitorOf) -> None:
    refused = visitor_of("operator").client.get("/console/system")

    assert refused.status_code == 403
    assert "Only an administrator of the installation may do this." in refused.text


def test_a_form_from_elsewhere_is_no_matter_of_roles(visitor_of: VisitorOf) -> None:
    visitor = visitor_of("requester")

    refused = visitor.client.post(
        f"/console{visitor.project}/settings", headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert refused.status_code == 403
    assert "came from another site" in refused.text
    assert "Your role" not in refused.text
