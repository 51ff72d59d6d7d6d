"""Reports on quality: asked for, read, printed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from crowd.api.quality_reports import printed
from crowd.db import transaction
from crowd.services import projects, quality_reports
from crowd.services.quality_cells import number as plain
from crowd.services.quality_tables import NOUNS, RIGHT, kind_of, tables_of
from crowd.web import figures, pages
from crowd.web.figures import Figure, Look, Series

blp = Blueprint("quality_reports", __name__)


@blp.post("/projects/<uuid:project_id>/quality-reports")
@pages.requires("results:read")
def start(project_id: uuid.UUID) -> ResponseReturnValue:
    """Ask for a report."""
    with transaction() as session:
        report = quality_reports.request(session, pages.caller(), project_id)
    return pages.back("console.quality_reports.show", project_id=project_id, number=report.number)


@blp.get("/projects/<uuid:project_id>/quality-reports/<int:number>")
@pages.requires("results:read")
def show(project_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """Show a report, or that it is being written. Two look-ups: it was counted before."""
    with transaction() as session:
        view = projects.find(session, pages.caller(), project_id)
        report = quality_reports.find(session, pages.caller(), project_id, number)
        content = report.content
        return pages.page(
            "quality_report.html",
            project=view.project,
            report=report,
            content=content,
            right=RIGHT[kind_of(content)][0] if content else "",
            tables=tables_of(content) if content else (),
            figures=_figures(content) if content else (),
        )


@blp.get("/projects/<uuid:project_id>/quality-reports/<int:number>.pdf")
@pages.requires("results:read")
def pdf(project_id: uuid.UUID, number: int) -> ResponseReturnValue:
    """Download a report to be printed."""
    with transaction() as session:
        return printed(
            quality_reports.find_pdf(session, pages.caller(), project_id, number), number
        )


def _figures(content: Mapping[str, Any]) -> list[Figure]:
    """Draw what is seen sooner than read: how honest the posteriors are, and how sure."""
    bins, drawn = content["calibration"]["bins"], []
    noun = NOUNS.get(kind_of(content), "labels")
    if bins:
        at = [f"{one['stated']:.0%}" for one in bins]
        shares = [one["right"] for one in bins]
        right = Series(
            "right",
            [one["share"] for one in shares],
            [one["low"] for one in shares],
            [one["high"] for one in shares],
        )
        stated = Series("as sure as stated", [one["stated"] for one in bins])
        look = Look("percent", (0, 1), "on known items, decided as if they were not")
        drawn.append(
            figures.lines(
                f"How often {noun} are right, by how sure they are", at, [right, stated], look
            )
        )
    sure = [one for one in content["confidence"] if one["tasks"]]
    if sure:
        names = [f"{100 * one['low']:.0f}–{100 * one['high']:.0f} %" for one in sure]
        labels = Series(noun, [one["tasks"] for one in sure])
        drawn.append(figures.bars(f"How sure the {noun} are", names, [labels]))
    if numbers := content.get("numbers"):
        edges = [f"{plain(one['low'])}–{plain(one['high'])}" for one in numbers["histogram"]]
        tasks = Series("items", [one["tasks"] for one in numbers["histogram"]])
        drawn.append(figures.bars("What the numbers are", edges, [tasks]))
    return drawn
