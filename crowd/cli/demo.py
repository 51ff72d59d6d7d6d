"""`crowd demo`: from raw tasks to labels one can trust, before your eyes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from config import load_settings
from crowd.cli import stack
from crowd.cli.stack import Stack
from crowd.cli.supervisor import Supervisor
from crowd.demo import datasets
from crowd.demo.datasets import BUNDLED, BadDataset, Dataset
from crowd.demo.replay import Replay
from crowd.demo.report import Summary, summarise

GOLD_SHARE = 0.1
MARKETPLACES = ("Demo marketplace A", "Demo marketplace B")
REQUESTER = "Demo requester"

console = Console(stderr=True)


@click.command(short_help="Replay recorded annotators and see what comes out.")
@click.option(
    "--dataset",
    type=click.Choice(datasets.bundled()),
    default="rte",
    show_default=True,
    help="One of the bundled sets.",
)
@click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of your own with answers.csv (task, annotator, label) and truth.csv.",
)
@click.option(
    "--target", type=click.FloatRange(0.5, 0.999), default=0.95, show_default=True,
    help="Confidence at which a task needs no further answer.",
)  # fmt: skip
@click.option("--minimum", type=click.IntRange(1), default=4, show_default=True,
              help="Answers each task gets at least.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True, help="Order of offers, and gold.")
@click.option("--clients", type=click.IntRange(1, 64), default=8, show_default=True,
              help="Annotators at work at a time.")  # fmt: skip
@click.option("--keep", is_flag=True, help="Leave the service up and say where to look.")
@click.option("--json", "as_json", is_flag=True, help="End with the summary as one line of JSON.")
def demo(
    dataset: str,
    data: Path | None,
    target: float,
    minimum: int,
    seed: int,
    clients: int,
    keep: bool,
    as_json: bool,
) -> None:
    """Replay recorded annotators through the API and see what comes out.

    Real answers of real people, offered again by two marketplaces; a tenth of the truth is hidden
    gold; a task takes answers one at a time until it is sure enough. Writes labels.csv and
    labels.jsonl.
    """
    try:
        recorded = datasets.load(data.absolute() if data else BUNDLED / dataset)
    except BadDataset as error:
        raise click.ClickException(str(error)) from None
    settings = load_settings()
    console.print(f"Starting PostgreSQL, Redis and Crowd in {settings.data_dir} …")
    with stack.running(settings, console.print) as service:
        replay, gold = _prepared(service, recorded, target, minimum, seed, clients)
        _run(replay, service.supervisor)
        summary = summarise(replay, gold)
        _write_labels(replay)
        _show(summary)
        if as_json:
            click.echo(json.dumps(summary.as_dict()))
        if keep:
            link = service.link("demo@example.org", "Demo", REQUESTER)
            console.print(f"\nStill up: the API at {service.url}/docs, the console at")
            # on a line of its own, and whole: it lets in once
            click.echo(link, err=True)
            console.print("(Ctrl-C stops)")
            service.supervisor.keep_running()


def _prepared(
    service: Stack, recorded: Dataset, target: float, minimum: int, seed: int, clients: int
) -> tuple[Replay, dict[str, str]]:
    gold = recorded.gold(GOLD_SHARE, seed)
    replay = Replay(
        service.url,
        recorded,
        requester_key=service.key(REQUESTER, "requester", key_name="demo"),
        marketplace_keys=[
            service.key(name, "marketplace", key_name="demo") for name in MARKETPLACES
        ],
        seed=seed,
        clients=clients,
    )
    most = max(_counts(recorded).values())
    replay.prepare(
        f"{recorded.name} {datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        gold,
        overlap_min=min(minimum, most),
        overlap_max=most,
        target_confidence=target,
    )
    console.print(
        f"[bold]{recorded.name}[/]: {len(recorded.tasks):,} tasks, {len(recorded.annotators):,} "
        f"annotators, {len(recorded.answers):,} answers to offer, {len(gold)} tasks are gold."
    )
    return replay, gold


def _counts(recorded: Dataset) -> dict[str, int]:
    counts: dict[str, int] = {}
    for answer in recorded.answers:
        counts[answer.task] = counts.get(answer.task, 0) + 1
    return counts


def _run(replay: Replay, supervisor: Supervisor) -> None:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("tasks done, {task.fields[answers]:,} answers taken"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task("Replaying", total=len(replay.dataset.tasks), answers=0)
        replay.run(
            _watcher(
                replay,
                supervisor,
                lambda done, taken: bars.update(bar, completed=done, answers=taken),
            )
        )


def _watcher(
    replay: Replay, supervisor: Supervisor, show: Callable[[int, int], None]
) -> Callable[[], None]:
    shown = 0.0

    def look() -> None:
        nonlocal shown
        supervisor.look_after()
        if time.monotonic() - shown > 0.5:
            now = replay.progress()
            show(now.resolved + now.disputed, now.answers)
            shown = time.monotonic()

    return look


def _write_labels(replay: Replay) -> None:
    for name, form in (("labels.csv", "csv"), ("labels.jsonl", "ndjson")):
        replay.requester.exports.download(replay.project_id, name, format=form)


def _show(summary: Summary) -> None:
    table = Table(title=f"From raw tasks to labels: {summary.dataset}", show_header=False)
    saved = summary.answers_offered - summary.answers_collected
    share = saved / summary.answers_offered
    rows = (
        ("Answers offered", f"{summary.answers_offered:,}"),
        ("  collected", f"{summary.answers_collected:,}"),
        ("  saved", f"{saved:,}  ({share:.0%})"),
        ("Accuracy, majority of all answers", f"{summary.accuracy_majority_all:.3f}"),
        ("  majority of the collected ones", f"{summary.accuracy_majority_collected:.3f}"),
        ("  [bold]our labels[/]", f"[bold]{summary.accuracy_consensus:.3f}[/]"),
        ("Calibration error (0 is perfect)", f"{summary.ece:.3f}"),
        ("Annotators flagged as spammers", f"{summary.spammers} of {summary.annotators}"),
        ("Disputes for an expert", f"{summary.disputes} of {summary.tasks} tasks"),
        (
            "Submit to result, p50 / p95",
            f"{summary.submit_to_result_p50_s:.2f} s / {summary.submit_to_result_p95_s:.2f} s",
        ),
        ("Answers a second", f"{summary.answers_per_s:.0f}"),
        ("Over-assigned / lost", f"{summary.over_assigned} / {summary.lost}"),
    )
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print(
        "Accuracy is against the truth that was not gold. Wrote labels.csv, labels.jsonl."
    )
