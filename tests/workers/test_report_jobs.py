"""Reports on quality: what stands in them, and that they are written once."""

from __future__ import annotations

import io
from typing import Any

import pypdf
import pytest
from sqlalchemy import select

from crowd.errors import NotFound
from crowd.models import OutboxEvent, QualityReport
from crowd.services import disputes, guidelines, quality_reports
from tests.factories import World, caller
from workers.jobs import quality_reports as jobs
from workers.jobs.consensus import refit_project


def ask(world: World) -> QualityReport:
    return quality_reports.request(world.session, world.requester, world.project_id)


def work(world: World) -> None:
    """Let a worker do what waits for it."""
    query = select(OutboxEvent.id).filter_by(topic=quality_reports.TOPIC)
    jobs.write(list(world.session.scalars(query)))
    world.session.expire_all()


def written(world: World) -> dict[str, Any]:
    report = ask(world)
    work(world)
    found = quality_reports.find(world.session, world.requester, world.project_id, report.number)
    assert found.content is not None
    return found.content


def answered(world: World, *, gold: str | None, said: str, by: str = "ab") -> None:
    task = world.task(gold=gold)
    for name in by:
        world.answer(name, task, said)


def test_a_report_counts_what_there_is(world: World) -> None:
    for _ in range(6):
        answered(world, gold=None, said="yes")
    world.tasks(2)
    refit_project(world.project_id)

    content = written(world)

    assert content["counts"]["tasks"] == 8
    assert (content["counts"]["answers"], content["counts"]["annotators"]) == (12, 2)
    assert content["project"]["run_number"] is not None
    assert content["agreement"]["percent"]["value"] == 1.0
    assert content["agreement"]["alpha"]["value"] is None  # all labels are equal
    assert sum(one["tasks"] for one in content["confidence"]) == content["counts"]["resolved"]


def test_whom_disagreement_has_brought_in_is_not_compared(world: World) -> None:
    world.change(overlap_min=6, overlap_max=6)
    hard = world.task()
    for name, said in zip("abcdef", ("yes", "yes", "no", "no", "no", "yes"), strict=True):
        world.answer(name, hard, said)
    world.change(overlap_min=2, overlap_max=6)
    for said in ("yes", "no"):
        for _ in range(4):
            answered(world, gold=None, said=said)
    refit_project(world.project_id)

    agreement = written(world)["agreement"]

    assert (agreement["answers_a_task"], agreement["percent"]["pairs"]) == (2, 9)
    assert agreement["alpha"]["value"] == 1.0


def test_accuracy_is_what_the_crowd_came_to_without_knowing(world: World) -> None:
    for known, said, times in (("yes", "yes", 6), ("no", "no", 3), ("no", "yes", 1)):
        for _ in range(times):
            answered(world, gold=known, said=said)
    refit_project(world.project_id)

    content = written(world)

    labels, answers = content["gold"]["labels"], content["gold"]["answers"]
    assert (labels["count"], labels["of"]) == (9, 10)
    assert (answers["count"], answers["of"]) == (18, 20)
    assert labels["low"] < 0.9 < labels["high"]
    yes, no = content["classes"]
    assert (yes["precision"]["count"], yes["precision"]["of"]) == (6, 7)
    assert (no["recall"]["count"], no["recall"]["of"]) == (3, 4)
    # in the dataset the known answers stand
    assert (yes["share"]["count"], no["share"]["count"]) == (6, 4)


def test_labels_that_have_cost_nothing_yet_are_told_so(world: World) -> None:
    world.change(price="0.05", currency="EUR")
    world.task(gold="yes")

    assert written(world)["cost"]["per_label"] == "0.000000"


def test_calibration_is_the_gap_between_sure_and_right(world: World) -> None:
    for said in ("yes", "yes", "yes", "no"):
        answered(world, gold="yes", said=said)
    refit_project(world.project_id)

    calibration = written(world)["calibration"]

    gaps = [
        abs(one["stated"] - one["right"]["share"]) * one["right"]["of"]
        for one in calibration["bins"]
    ]
    assert sum(one["right"]["of"] for one in calibration["bins"]) == 4
    assert calibration["ece"] == pytest.approx(sum(gaps) / 4)


def test_versions_have_their_dates_and_their_answers(world: World) -> None:
    guidelines.add(world.session, world.requester, world.project_id, body="look")
    world.change(guideline=1, must_accept=False)
    answered(world, gold=None, said="yes")

    content = written(world)

    assert [(one["version"], one["answers"]) for one in content["configs"]] == [(1, 0), (2, 2)]
    assert [(one["version"], one["answers"]) for one in content["guidelines"]] == [(1, 2)]
    report = quality_reports.find(world.session, world.requester, world.project_id, 1)
    assert (report.config_version, report.guideline) == (2, 1)


def test_an_empty_project_has_a_report_too(world: World) -> None:
    content = written(world)

    assert content["gold"]["labels"]["share"] is None
    assert content["calibration"] == {"bins": [], "ece": None}
    assert content["cost"] is None


def test_money_is_told_where_there_is_any(world: World) -> None:
    world.change(price="0.05", currency="EUR")
    answered(world, gold=None, said="yes")
    refit_project(world.project_id)

    cost = written(world)["cost"]

    assert (cost["currency"], float(cost["spent"])) == ("EUR", 0.1)


def test_it_can_be_printed_whatever_the_letters(world: World) -> None:
    world.change(labels=["yes", "no", "да"], question="Что это? “Ĝoje”")
    answered(world, gold="yes", said="yes")
    report = ask(world)
    work(world)
    asked = world.session, world.requester, world.project_id, report.number

    pages = pypdf.PdfReader(io.BytesIO(quality_reports.find_pdf(*asked))).pages

    text = "".join(page.extract_text() for page in pages)
    assert "Labels that are right" in text
    assert "quality report 1" in text


def test_a_report_is_written_once_and_never_changed(world: World) -> None:
    report = ask(world)
    with pytest.raises(NotFound, match="not written yet"):
        quality_reports.find_pdf(world.session, world.requester, world.project_id, 1)
    work(world)
    before = report.written_at

    world.task()
    jobs._write(report.id)
    quality_reports.keep(world.session, report.id, {"project": {}}, None)

    world.session.expire_all()
    assert report.written_at == before
    assert (
        quality_reports.find(world.session, world.requester, world.project_id, 1).content["counts"][
            "tasks"
        ]
        == 0
    )  # type: ignore[index]
    assert ask(world).number == 2


def test_what_goes_wrong_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "gather", lambda _: 1 / 0)
    report = ask(world)

    work(world)

    assert "our side" in (report.error or "")
    assert report.written_at is None


def test_nobody_else_reads_it(world: World) -> None:
    ask(world)
    stranger, _ = caller(world.session, "requester")

    with pytest.raises(NotFound):
        quality_reports.find(world.session, stranger, world.project_id, 1)


def test_disputes_are_counted_by_their_causes(world: World) -> None:
    for said in ("yes", "no"):
        answered(world, gold=None, said=said)
    task = world.task()
    disputes.open_about(world.session, [task.id], "split_by_pool")

    content = written(world)

    assert content["disputes"] == [
        {"reason": "split_by_pool", "disputes": 1, "open": 1, "ruled": 0, "settled": 0}
    ]
