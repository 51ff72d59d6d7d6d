"""A report on quality as it is read."""

from __future__ import annotations

from crowd.services.quality_tables import Table, tables_of
from tests.factories import World
from tests.workers.test_report_jobs import answered, written
from workers.jobs.consensus import refit_project


def tables(world: World) -> dict[str, Table]:
    return {table.title: table for table in tables_of(written(world))}


def test_an_empty_project_has_what_was_asked_and_no_number_made_up(world: World) -> None:
    found = tables(world)

    assert ("Labels that are right", "–", "–", "0") in found["Quality"].rows
    assert not found.keys() & {"Calibration", "Disputes", "Models", "Cost"}


def test_numbers_stand_with_their_intervals(world: World) -> None:
    for said in ("yes", "yes", "yes", "no"):
        answered(world, gold="yes", said=said)
    refit_project(world.project_id)

    found = tables(world)

    assert ("Labels that are right", "75.0 %", "30.1 % to 95.4 %", "4") in found["Quality"].rows
    assert ("yes", "4", "100.0 %", "100.0 % (44–100)", "75.0 % (30–95)") in found[
        "Label by label"
    ].rows
    assert ("– open", "4") in found["Counts"].rows


def test_every_row_is_as_wide_as_its_head(world: World) -> None:
    world.change(price="0.05", currency="EUR")
    answered(world, gold="no", said="yes")
    refit_project(world.project_id)

    for table in tables(world).values():
        assert {len(row) for row in table.rows} == {len(table.head) or 2}, table.title
