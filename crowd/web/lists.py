"""From one page of a list to the next."""

from __future__ import annotations

from flask import request, url_for

from crowd.schemas.fields import Cursor
from crowd.services.paging import Page


def next_address(page: Page) -> str | None:
    """Name the address that goes on with the list shown here, with its filters; None at the end."""
    if page.next_after is None or request.endpoint is None:
        return None
    kept = {**request.args.to_dict(), **(request.view_args or {})}
    kept["cursor"] = Cursor()._serialize(page.next_after, None, None)
    return url_for(request.endpoint, **kept)
