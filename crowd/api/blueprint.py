"""The blueprint every noun of the API uses."""

from __future__ import annotations

from flask_smorest import Blueprint

from crowd.api.bodies import StrictParser


class Noun(Blueprint):
    """A blueprint that reads bodies strictly."""

    ARGUMENTS_PARSER = StrictParser()
