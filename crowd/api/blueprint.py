"""The blueprint every noun of the API uses."""

from __future__ import annotations

from typing import Any

from flask_smorest import Blueprint

from crowd.api.bodies import StrictParser


class Noun(Blueprint):
    """A blueprint that reads bodies strictly."""

    ARGUMENTS_PARSER = StrictParser()

    def arguments(self, schema: Any, **options: Any) -> Any:
        """Read the arguments by a schema that is made once, not with every request."""
        made = schema() if isinstance(schema, type) else schema
        return super().arguments(made, **options)
