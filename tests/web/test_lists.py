"""From one page of a list to the next, with its filters."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask

from crowd.services.paging import Page
from crowd.web.lists import next_address

PROJECT, AFTER = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.mark.parametrize(
    ("asked", "method", "endpoint", "goes_on"),
    [
        ("tasks?state=open", "GET", None, "tasks?state=open&cursor="),
        ("rules", "GET", "console.rules.index", "rules?cursor="),
        # tried there, listed here
        ("rules/dry-run", "POST", "console.rules.index", "rules?cursor="),
    ],
)
def test_a_list_goes_on_where_it_is_with_what_was_asked(
    app: Flask, asked: str, method: str, endpoint: str | None, goes_on: str
) -> None:
    with app.test_request_context(f"/console/projects/{PROJECT}/{asked}", method=method):
        address = next_address(Page([], AFTER), endpoint)

    assert address is not None
    assert address.startswith(f"/console/projects/{PROJECT}/{goes_on}")


def test_a_secret_of_a_form_is_no_part_of_the_address_and_the_end_has_none(app: Flask) -> None:
    key = uuid.UUID(int=3)
    with app.test_request_context(f"/console/keys/{key}/rotate", method="POST"):
        address = next_address(Page([], AFTER), "console.keys.index")

        assert address is not None
        assert str(key) not in address
        assert next_address(Page([], None)) is None
