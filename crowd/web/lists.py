"""From one page of a list to the next."""

from __future__ import annotations

from typing import Any

from flask import current_app, request, url_for

from crowd.schemas.fields import Cursor
from crowd.services.paging import Page


def next_address(page: Page, endpoint: str | None = None) -> str | None:
    """Name the address that goes on with the list shown here, with its filters; None at the end.

    `endpoint` is the list's own, where it is shown in answer to a form as well.
    """
    here = endpoint or request.endpoint
    if page.next_after is None or here is None:
        return None
    known = next(current_app.url_map.iter_rules(here)).arguments
    kept = {name: one for name, one in (request.view_args or {}).items() if name in known}
    asked: dict[str, Any] = {**kept, **request.args.to_dict(flat=False)}
    return url_for(here, **{**asked, "cursor": Cursor()._serialize(page.next_after, None, None)})
