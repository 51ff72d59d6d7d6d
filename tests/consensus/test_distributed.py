"""The same fit from a cluster as from one machine, even when a part of the cluster dies."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from dask import delayed
from distributed import Client, LocalCluster

from consensus.answers import COLUMNS
from consensus.distributed import DaskSweeps, fit_distributed, fit_sweeps
from consensus.methods import make_method
from consensus.methods.base import TableMethod
from consensus.methods.dawid_skene import DawidSkene
from consensus.methods.majority import MajorityVote
from consensus.posterior import Tables
from consensus.sweep import Sums
from consensus.votes import Floats, Votes
from tests.consensus.planted import LABELS, Row, planted

PAGE = Path(__file__).parents[2] / "docs" / "large-votes.md"
TABLE_METHODS = ("dawid-skene", "ebcc", "ibcc", "mace", "one-coin", "typed-dawid-skene")


@cache
def answers() -> tuple[list[Row], dict[str, str]]:
    """Answers in no order, some of them given twice, and the truth of ten tasks."""
    rows, truth = planted(tasks=90, annotators=9)
    order = np.random.default_rng(1).permutation(len(rows))[:500]
    again = [(task, annotator, LABELS[0]) for task, annotator, _ in rows[:60]]
    return [rows[i] for i in order] + again, dict(list(truth.items())[:10])


@cache
def many() -> pd.DataFrame:
    """So many answers that blocks are held as they are in earnest."""
    return pd.DataFrame(planted(tasks=2600, annotators=9)[0], columns=list(COLUMNS))


def frames() -> list[pd.DataFrame]:
    frame = pd.DataFrame(answers()[0], columns=list(COLUMNS))
    return [frame[:150], frame[150:151], frame[151:]]


def short(name: str) -> TableMethod:
    method = make_method(name)
    assert isinstance(method, TableMethod)
    method.max_iterations, method.tolerance = 6, 0.02
    return method


def here(method: TableMethod, gold: dict[str, str] | None = None) -> dict[Any, Floats]:
    votes = Votes.from_rows(answers()[0], LABELS)
    fit = method.fit(votes, gold)
    return dict(zip(votes.task_ids, fit.posteriors_, strict=True))


def there(sweeps: DaskSweeps, fit: TableMethod) -> dict[Any, Floats]:
    return {t: p for ids, rows in sweeps.posteriors(fit) for t, p in zip(ids, rows, strict=True)}


def assert_equal(found: dict[Any, Floats], expected: dict[Any, Floats]) -> None:
    assert found.keys() == expected.keys()
    assert max(np.abs(found[task] - expected[task]).max() for task in expected) < 1e-9


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Two workers that are threads of this process."""
    with (
        LocalCluster(2, processes=False, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def processes() -> Iterator[Client]:
    """Two workers that are processes."""
    with (
        LocalCluster(2, processes=True, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.mark.parametrize("gold", [False, True])
@pytest.mark.parametrize("name", TABLE_METHODS)
def test_a_cluster_learns_what_one_machine_does(client: Client, name: str, gold: bool) -> None:
    known = answers()[1] if gold else None
    one = short(name)
    expected = here(one, known)

    sweeps = DaskSweeps.of(frames(), LABELS, client, gold=known, blocks=5)
    fit = fit_sweeps(short(name), sweeps)

    place = [one.annotator_ids_.index(a) for a in fit.annotator_ids_]
    assert np.abs(fit.confusion_ - one.confusion_[place]).max() < 1e-9
    assert fit.bounds_ == pytest.approx(one.bounds_, rel=1e-9)
    assert_equal(there(sweeps, fit), expected)


def test_parquet_delayed_frames_and_futures_are_all_parts(client: Client, tmp_path: Path) -> None:
    paths = [tmp_path / f"{n}.parquet" for n in range(3)]
    for frame, path in zip(frames(), paths, strict=True):
        frame.to_parquet(path)
    first, second, third = frames()

    fits = [
        fit_distributed(short("dawid-skene"), parts, LABELS, client)
        for parts in (
            paths,
            [str(tmp_path)],
            [delayed(pd.read_parquet)(path) for path in paths],
            [client.scatter(first), delayed(second), third],
        )
    ]

    one = short("dawid-skene").fit(Votes.from_rows(answers()[0], LABELS))
    for fit in fits:
        assert fit.annotator_ids_ == one.annotator_ids_
        assert np.abs(fit.confusion_ - one.confusion_).max() < 1e-9


@pytest.mark.parametrize("duplicates", ["first", "last"])
def test_of_answers_in_two_parts_the_order_of_parts_decides(
    client: Client, duplicates: str
) -> None:
    rows = answers()[0]

    fit = fit_distributed(short("one-coin"), frames(), LABELS, client, duplicates=duplicates)

    one = short("one-coin").fit(Votes.from_rows(rows, LABELS, duplicates=duplicates))
    assert np.abs(fit.confusion_ - one.confusion_).max() < 1e-9


def test_the_same_blocks_give_the_same_fit_to_the_bit(client: Client) -> None:
    whole = many()

    one, other = (
        fit_sweeps(short("dawid-skene"), DaskSweeps.of(parts, LABELS, client, blocks=4))
        for parts in ([whole], [whole[:9_000], whole[9_000:]])
    )

    assert np.array_equal(one.confusion_, other.confusion_)
    assert one.bounds_ == other.bounds_


class WorkerDies:
    """Sweeps during one of which a worker is killed."""

    def __init__(self, sweeps: DaskSweeps, client: Client, at: int) -> None:
        self.shape, self.begin = sweeps.shape, sweeps.begin
        self._sweeps, self._client, self._left = sweeps, client, at

    def sweep(self, tables: Tables) -> Sums:
        self._left -= 1
        if not self._left:
            worker = next(iter(self._client.run(os.getpid).values()))
            os.kill(worker, signal.SIGKILL)
        return self._sweeps.sweep(tables)


@pytest.mark.parametrize("at", [1, 4])
def test_a_fit_outlives_a_worker(processes: Client, at: int) -> None:
    sweeps = DaskSweeps.of(frames(), LABELS, processes, blocks=6)
    undisturbed, disturbed = short("dawid-skene"), short("dawid-skene")
    fit_sweeps(undisturbed, sweeps)

    disturbed.annotator_ids_, disturbed.label_set_ = sweeps.annotator_ids, LABELS
    disturbed.fit_sweeps(WorkerDies(sweeps, processes, at))

    assert disturbed.n_iter_ == undisturbed.n_iter_
    assert disturbed.bounds_ == pytest.approx(undisturbed.bounds_, rel=1e-12)
    assert np.abs(disturbed.confusion_ - undisturbed.confusion_).max() < 1e-12
    assert_equal(there(sweeps, disturbed), here(short("dawid-skene")))


@pytest.mark.parametrize("parts", [0, 1])
def test_no_answers_are_no_trouble(client: Client, parts: int) -> None:
    nothing = [pd.DataFrame(columns=list(COLUMNS))] * parts

    fit = fit_distributed(DawidSkene(), nothing, LABELS, client)

    assert fit.confusion_.shape == (0, 3, 3)
    assert fit.class_prior_ == pytest.approx(1 / 3)


def test_one_answer_is_enough(client: Client) -> None:
    frame = pd.DataFrame({"item": [7], "who": ["w"], "said": ["b"]})

    sweeps = DaskSweeps.of([frame], LABELS, client, columns=("item", "who", "said"))
    found = there(sweeps, fit_sweeps(DawidSkene(), sweeps))

    assert found.keys() == {7}
    assert found[7].argmax() == 1


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        (("t", "w", "z"), {}, "not in label_set: \\[\"'z'\"\\]"),
        ((None, "w", "a"), {}, "the task of an answer is missing"),
        (("t", None, "a"), {}, "the annotator of an answer is missing"),
        (("t0", "w0", "a"), {"duplicates": "refuse"}, "'w0' answered task 't0' more than once"),
        (("t", "w", "a"), {"gold": {"t": "z"}}, "gold labels that are not in label_set"),
        (("t", "w", "a"), {"columns": ("task", "who", "label")}, "no column 'who'"),
    ],
)
def test_bad_answers_are_refused_with_the_reason(
    client: Client, row: tuple[Any, ...], options: dict[str, Any], said: str
) -> None:
    more = [("t0", "w0", "a"), row]

    with pytest.raises(ValueError, match=said):
        fit_distributed(
            DawidSkene(), [pd.DataFrame(more, columns=list(COLUMNS))], LABELS, client, **options
        )


def test_what_is_not_made_of_tables_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="MajorityVote is none"):
        fit_distributed(MajorityVote(), frames(), LABELS, client)  # type: ignore[type-var]


def test_without_a_cluster_it_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"make a distributed\.Client first"):
        fit_distributed(DawidSkene(), frames(), LABELS)


def test_the_example_of_the_documentation_runs() -> None:
    in_memory, _, on_cluster = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)

    exec(in_memory + on_cluster, {"__name__": "example"})
