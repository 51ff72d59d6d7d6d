"""People at the console: who may be let in by whom, and what each may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from crowd.errors import Conflict, Invalid, MissingScope, NotFound, Unauthenticated
from crowd.models import User
from crowd.services import sign_ins, tenants, users
from crowd.services.tenants import INSTALLATION, SCOPES, Caller
from tests.factories import World, caller

PASSWORD = "four words that do not belong"
SOMEWHERE = {"browser": "Firefox", "address": "192.0.2.1"}


def invited(world: World, *roles: str, email: str = "grace@example.org") -> User:
    wish = {"email": email, "name": "Grace", "roles": roles or ("auditor",)}
    return users.invite(world.session, world.requester, **wish).user


def working(world: World, user: User) -> Caller:
    _, token = sign_ins.open_for(world.session, user, **SOMEWHERE)
    found = sign_ins.look_up(world.session, token).caller
    assert found is not None
    return found


def test_each_role_may_do_what_its_work_needs_and_no_more(world: World) -> None:
    can = {role: working(world, invited(world, role, email=f"{role}@x.example")).scopes
           for role in users.ROLES["requester"]}  # fmt: skip

    assert can["operator"] == frozenset(SCOPES["requester"])
    assert all(scope.endswith(":read") for scope in can["auditor"])
    assert {"gold:write", "rules:write"} <= can["qa_lead"]
    assert not can["qa_lead"] & {"projects:write", "payments:write", "keys:write", "users:write"}
    assert {"projects:write", "tasks:write"} <= can["requester"]
    assert not any(scopes & INSTALLATION for scopes in can.values())


def test_nobody_gives_a_role_that_can_do_more_than_he(world: World) -> None:
    lesser = replace(world.requester, scopes=frozenset({"users:write", "projects:read"}))

    with pytest.raises(MissingScope, match="gold:write"):
        users.invite(world.session, lesser, email="x@y.example", name="X", roles=["operator"])
    with pytest.raises(Invalid):
        users.invite(world.session, world.requester, email="x@y.example", name="X", roles=["king"])


def test_nobody_changes_his_own_roles_or_those_of_another_tenants_people(world: World) -> None:
    grace = invited(world, "operator")
    herself = working(world, grace)
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(Conflict, match="own roles"):
        users.change(world.session, herself, grace.id, roles=["auditor"])
    with pytest.raises(NotFound):
        users.change(world.session, stranger, grace.id, roles=["auditor"])


def test_a_link_for_a_user_is_made_only_by_the_one_tenant_the_user_works_for(world: World) -> None:
    grace = invited(world)
    other, _ = caller(world.session, "requester")

    assert users.require_own(world.session, world.requester, grace.id) == grace
    again = users.invite(world.session, other, email=grace.email, name="G", roles=["auditor"])

    assert not again.is_new
    with pytest.raises(Conflict, match="works for others too"):
        users.require_own(world.session, other, grace.id)


def test_a_link_lets_in_once_and_not_when_it_is_old(world: World) -> None:
    grace = invited(world)
    token = sign_ins.make_link(world.session, grace)
    old = sign_ins.make_link(world.session, grace, kept=timedelta(seconds=-1))

    assert sign_ins.follow_link(world.session, token) == grace
    for used_up in (token, old, "made up"):
        with pytest.raises(Unauthenticated):
            sign_ins.follow_link(world.session, used_up)


def test_a_password_is_right_wrong_or_nobodys(world: World) -> None:
    grace = invited(world)
    sign_in, _ = sign_ins.open_for(world.session, grace, **SOMEWHERE)
    sign_ins.set_password(world.session, grace, sign_ins.hashed(PASSWORD), but=sign_in.id)

    assert sign_ins.is_right(grace, PASSWORD)
    assert not sign_ins.is_right(grace, PASSWORD + "!")
    assert not sign_ins.is_right(None, PASSWORD)
    with pytest.raises(Invalid):
        sign_ins.hashed("too short")


def test_a_new_password_signs_out_every_other_browser(world: World) -> None:
    grace = invited(world)
    here, here_token = sign_ins.open_for(world.session, grace, **SOMEWHERE)
    _, there_token = sign_ins.open_for(world.session, grace, **SOMEWHERE)

    sign_ins.set_password(world.session, grace, sign_ins.hashed(PASSWORD), but=here.id)

    assert sign_ins.look_up(world.session, here_token).user == grace
    with pytest.raises(Unauthenticated):
        sign_ins.look_up(world.session, there_token)


@pytest.mark.parametrize("column", ["last_seen_at", "created_at"])
def test_a_browser_is_let_go_when_it_is_idle_or_old(world: World, column: str) -> None:
    _, token = sign_ins.open_for(world.session, invited(world), **SOMEWHERE)

    late = f"UPDATE sign_ins SET {column} = now() - interval '8 days'"
    world.session.execute(text(late))
    world.session.expire_all()

    with pytest.raises(Unauthenticated):
        sign_ins.look_up(world.session, token)


def test_who_is_shut_out_or_removed_is_so_at_once(world: World, session: Session) -> None:
    grace, ada = invited(world), invited(world, email="ada@example.org")
    tokens = [sign_ins.open_for(session, user, **SOMEWHERE)[1] for user in (grace, ada)]

    sign_ins.disable(session, grace)
    users.remove(session, world.requester, ada.id)

    with pytest.raises(Unauthenticated):
        sign_ins.look_up(session, tokens[0])
    assert sign_ins.look_up(session, tokens[1]).caller is None


def test_an_administrator_enters_any_tenant_and_others_only_their_own(world: World) -> None:
    session, other = world.session, caller(world.session, "requester")[0]
    root = users.create(session, email="root@example.org", name="Root", is_admin=True)
    _, token = sign_ins.open_for(session, root, **SOMEWHERE)
    sign_ins.enter(session, sign_ins.look_up(session, token), other.tenant_id)
    _, hers = sign_ins.open_for(session, invited(world), **SOMEWHERE)

    entered = sign_ins.look_up(session, token).caller

    assert entered is not None
    assert (entered.tenant_id, entered.scopes >= INSTALLATION) == (other.tenant_id, True)
    with pytest.raises(NotFound):
        sign_ins.enter(session, sign_ins.look_up(session, hers), other.tenant_id)


def test_what_a_user_does_stands_in_the_audit_log_under_its_name(world: World) -> None:
    grace = invited(world, "operator")

    tenants.create_with_key(
        world.session, replace(working(world, grace)), name="Bumble", kind="marketplace"
    )
    world.session.flush()

    who = "SELECT user_id FROM audit_entries WHERE action = 'tenant.created'"
    assert world.session.scalar(text(who)) == grace.id
