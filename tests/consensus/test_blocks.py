"""The same fit from a folder as from memory, in memory that hardly grows with the answers."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consensus.answers import Answers
from consensus.blocks import Blocks, fit_blocks, posteriors, write_blocks
from consensus.columns import numbered
from consensus.methods import Method, make_method
from consensus.methods.base import TableMethod
from consensus.methods.dawid_skene import DawidSkene
from consensus.methods.majority import MajorityVote
from consensus.votes import Floats, Votes
from tests.consensus.planted import LABELS, Row, planted

TABLE_METHODS = ("dawid-skene", "ebcc", "ibcc", "mace", "one-coin", "typed-dawid-skene")
PAGE = Path(__file__).parents[2] / "docs" / "large-votes.md"


def answers() -> tuple[list[Row], dict[str, str]]:
    """Answers in no order, some of them given twice, and the truth of ten tasks."""
    rows, truth = planted(tasks=200, annotators=9)
    order = np.random.default_rng(1).permutation(len(rows))[:1100]
    again = [(task, annotator, LABELS[0]) for task, annotator, _ in rows[:100]]
    return [rows[i] for i in order] + again, dict(list(truth.items())[:10])


def table_method(name: str) -> TableMethod:
    method = make_method(name)
    assert isinstance(method, TableMethod)
    method.max_iterations, method.tolerance = 12, 1e-3
    return method


def by_task(fit: Method, blocks: Blocks, gold: dict[str, str] | None = None) -> dict[Any, Floats]:
    return {
        t: p for ids, rows in posteriors(fit, blocks, gold) for t, p in zip(ids, rows, strict=True)
    }


@pytest.mark.parametrize("gold", [False, True])
@pytest.mark.parametrize("name", TABLE_METHODS)
def test_a_folder_teaches_what_memory_does(tmp_path: Path, name: str, gold: bool) -> None:
    rows, truth = answers()
    known = truth if gold else None
    blocks = write_blocks(rows, tmp_path, LABELS, size=150)
    votes = Votes.from_rows(rows, LABELS)

    fit, one = fit_blocks(table_method(name), blocks, known), table_method(name).fit(votes, known)

    found = by_task(fit, blocks, known)
    expected = dict(zip(votes.task_ids, one.posteriors_, strict=True))
    assert len(blocks.tasks) > 5
    assert tuple(fit.annotator_ids_) == tuple(one.annotator_ids_)
    assert np.abs(fit.confusion_ - one.confusion_).max() < 1e-9
    assert fit.bounds_ == pytest.approx(one.bounds_, rel=1e-9)
    assert found.keys() == expected.keys()
    assert max(np.abs(found[task] - expected[task]).max() for task in expected) < 1e-9


@pytest.mark.parametrize("duplicates", ["first", "last"])
def test_of_two_answers_the_order_given_decides(tmp_path: Path, duplicates: str) -> None:
    rows, _ = answers()

    blocks = write_blocks(rows, tmp_path, LABELS, duplicates=duplicates, size=150)

    votes = Votes.from_rows(rows, LABELS, duplicates=duplicates)
    kept = {
        (part.task_ids[t], blocks.annotator_ids[a]): k
        for part in map(blocks.votes, range(len(blocks.tasks)))
        for t, a, k in zip(part.task, part.annotator, part.label, strict=True)
    }
    assert kept == {
        (votes.task_ids[t], votes.annotator_ids[a]): k
        for t, a, k in zip(votes.task, votes.annotator, votes.label, strict=True)
    }


@pytest.mark.parametrize("category", [False, True])
def test_parquet_gives_what_rows_do(tmp_path: Path, category: bool) -> None:
    rows, _ = answers()
    frame = pd.DataFrame(rows, columns=["item", "who", "said"])
    if category:
        # an annotator of no answer and a label outside the set, which no row names
        frame = frame.astype({"who": pd.CategoricalDtype([*frame["who"].unique(), "nobody"])})
        frame = frame.astype({"said": pd.CategoricalDtype([*LABELS, "z"])})
    (tmp_path / "parts").mkdir()
    for number, part in enumerate((frame[:500], frame[500:])):
        part.to_parquet(tmp_path / "parts" / f"{number}.parquet", row_group_size=300)

    names = ("item", "who", "said")
    one = write_blocks(tmp_path / "parts", tmp_path / "one", LABELS, columns=names, size=150)
    other = write_blocks(rows, tmp_path / "other", LABELS, size=150)

    assert one.annotator_ids == other.annotator_ids
    for number in range(len(one.tasks)):
        assert one.votes(number).task_ids == other.votes(number).task_ids
        for here, there in zip(one.load(number), other.load(number), strict=True):
            assert np.array_equal(here, there)


@given(
    tasks=st.lists(st.integers(0, 9) | st.floats(0, 2).map(round) | st.text(max_size=2)),
    cut=st.integers(0, 20),
    buckets=st.integers(1, 300),
)
def test_answers_sorted_apart_lie_together_by_task_in_the_order_given(
    tasks: list[Any], cut: int, buckets: int
) -> None:
    place = np.arange(len(tasks))
    chunks = []
    for part in (slice(cut), slice(cut, None)):
        ids, task = numbered(tasks[part], "task")
        chunks.append(Answers(ids, np.stack([task, place[part], place[part]])))

    split = zip(*(chunk.split(buckets) for chunk in chunks), strict=True)
    joined = [Answers.joined(parts) for parts in split]

    found = [
        (t, part.numbers[1, part.numbers[0] == i])
        for part in joined
        for i, t in enumerate(part.task_ids)
    ]
    assert len(found) == len(set(tasks))
    for task, places in found:
        assert places.tolist() == [i for i in place if tasks[i] == task]


@pytest.mark.parametrize(
    "rows",
    [[], [("t", "w", "a")], [(t, "w", "a") for t in range(9)], [("t", w, "b") for w in "vw"]],
)
@pytest.mark.parametrize("size", [1, 1_000])
def test_few_answers_are_no_trouble(tmp_path: Path, rows: list[Row], size: int) -> None:
    blocks = write_blocks(rows, tmp_path, LABELS, size=size)

    fit = fit_blocks(table_method("ibcc"), blocks)

    votes = Votes.from_rows(rows, LABELS)
    one = table_method("ibcc").fit(votes)
    found = by_task(fit, blocks)
    assert blocks.shape == votes.shape
    assert fit.confusion_ == pytest.approx(one.confusion_, abs=1e-9)
    for task, posterior in zip(votes.task_ids, one.posteriors_, strict=True):
        assert found[task] == pytest.approx(posterior, abs=1e-9)


def test_a_label_set_of_one_leaves_nothing_to_doubt(tmp_path: Path) -> None:
    blocks = write_blocks([(t, w, "a") for t in range(3) for w in "vw"], tmp_path, ("a",), size=2)

    fit = fit_blocks(DawidSkene(), blocks)

    assert (fit.confusion_ == 1).all()
    assert all((row == 1).all() for row in by_task(fit, blocks).values())


def test_one_thread_or_many_give_the_same_fit_to_the_bit(tmp_path: Path) -> None:
    blocks = write_blocks(answers()[0], tmp_path, LABELS, size=150)

    one, other = (fit_blocks(table_method("one-coin"), blocks, threads=n) for n in (1, 4))

    assert np.array_equal(one.confusion_, other.confusion_)
    assert one.bounds_ == other.bounds_


def test_a_fit_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    blocks = write_blocks(answers()[0], tmp_path, LABELS, size=150)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    fit_blocks(table_method("one-coin"), str(tmp_path))

    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert len(before) == 3 * len(blocks.tasks) + 2


def test_a_fit_in_blocks_forgets_the_posteriors_of_another(tmp_path: Path) -> None:
    method = DawidSkene().fit(Votes.from_rows(answers()[0], LABELS))

    fit_blocks(method, write_blocks([("t", "w", "a")], tmp_path, LABELS))

    assert not hasattr(method, "posteriors_")


@pytest.mark.parametrize(
    ("row", "options", "said"),
    [
        (("t", "w", "z"), {}, "not in label_set: [\"'z'\"]"),
        ((None, "w", "a"), {}, "the task of an answer is missing"),
        (("t", np.nan, "a"), {}, "the annotator of an answer is missing"),
        (("t", "w", None), {}, "the label of an answer is missing"),
        (("t0", "w0", "a"), {"duplicates": "refuse"}, "'w0' answered task 't0' more than once"),
        (("t", "w", "a"), {"duplicates": "best"}, "not 'best'"),
        ((("t", 1), "w", "a"), {}, "strings or whole numbers, not tuple"),
        (("t", 1.5, "a"), {}, "strings or whole numbers, not float"),
    ],
)
def test_bad_answers_are_refused_with_the_reason(
    tmp_path: Path, row: tuple[Any, ...], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        write_blocks([("t0", "w0", "a"), row], tmp_path, LABELS, **options)

    with pytest.raises(ValueError, match="holds no blocks, or not all"):
        Blocks.open(tmp_path)


def test_a_column_that_is_not_there_or_is_missing_entries_is_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"task": ["t", None], "annotator": ["w", "w"], "label": ["a", "a"]})
    frame.to_parquet(tmp_path / "part.parquet")

    with pytest.raises(ValueError, match=r"part\.parquet has no column 'who'"):
        write_blocks(tmp_path, tmp_path / "x", LABELS, columns=("task", "who", "label"))
    with pytest.raises(ValueError, match="the task of an answer is missing"):
        write_blocks(tmp_path, tmp_path / "y", LABELS)


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    write_blocks([("t", "w", "a")], tmp_path, LABELS)

    with pytest.raises(ValueError, match="holds blocks already"):
        write_blocks([("u", "w", "a")], tmp_path, LABELS)

    assert Blocks.open(tmp_path).votes(0).task_ids == ["t"]


def test_folders_methods_and_gold_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    blocks = write_blocks([("t", "w", "a")], tmp_path / "here", LABELS)
    other = fit_blocks(DawidSkene(), write_blocks(answers()[0], tmp_path / "other", LABELS))

    with pytest.raises(ValueError, match="MajorityVote is none"):
        fit_blocks(MajorityVote(), blocks)  # type: ignore[type-var]
    with pytest.raises(ValueError, match="gold labels that are not in label_set"):
        fit_blocks(DawidSkene(), blocks, {"t": "z"})
    with pytest.raises(ValueError, match="1 annotators, 3 states and 3 labels need tables"):
        list(posteriors(other, blocks))
    (tmp_path / "here" / "blocks.json").write_text('{"version": 99}')
    with pytest.raises(ValueError, match="is of version 99"):
        fit_blocks(DawidSkene(), tmp_path / "here")


def test_without_pyarrow_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)

    with pytest.raises(ImportError, match=r"install crowd\[distributed\]"):
        write_blocks(tmp_path / "answers.parquet", tmp_path / "blocks", LABELS)


#: Writes and fits so many answers, of 100 annotators, and prints its peak memory in kB.
PEAK = """
import random, re, sys, tempfile
from pathlib import Path
from consensus.blocks import fit_blocks, write_blocks
from consensus.methods.dawid_skene import DawidSkene
chance = random.Random(0)
tasks = int(sys.argv[1]) // 5
rows = ((f"t{t}", f"w{w}", "abc"[(t + (chance.random() < 0.3)) % 3])
        for t in range(tasks) for w in chance.sample(range(100), 5))
with tempfile.TemporaryDirectory() as folder:
    blocks = write_blocks(rows, folder, "abc", size=50_000)
    fit_blocks(DawidSkene(max_iterations=2, strength=0), blocks, threads=1)
# not ru_maxrss, which begins at what the process that started this one had
print(re.search(r"VmHWM:\\s*(\\d+)", Path("/proc/self/status").read_text())[1])
"""


def test_five_times_the_answers_take_hardly_more_memory() -> None:
    def peak(answers: int) -> float:
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(answers)], capture_output=True, check=True, text=True
        )
        return float(done.stdout)

    none, some, many = peak(0), peak(200_000), peak(1_000_000)

    assert some - none > 5_000
    assert (many - none) / (some - none) < 1.5


def test_the_examples_of_the_documentation_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)
    monkeypatch.chdir(tmp_path)

    exec("".join(examples[:2]), {"__name__": "example"})

    assert len(examples) == 3
