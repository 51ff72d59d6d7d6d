"""A report on quality as tables, for a page and for print. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

NONE = "–"
Content = Mapping[str, Any]
#: Of the counts: what each is called.
COUNTS = {
    "tasks": "Tasks",
    "resolved": "– resolved",
    "disputed": "– disputed",
    "open": "– open",
    "gold": "– with a known answer",
    "answers": "Answers",
    "excluded": "– taken out of account",
    "annotators": "Annotators",
}


class Table(NamedTuple):
    """A table, with how to read it. Without a head its first column is what heads the rows."""

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def tables_of(content: Content) -> list[Table]:
    """Lay a report out, what matters most first; tables without rows are left out."""
    made = (table(content) for table in TABLES)
    return [one for one in made if one.rows]


def _asked(content: Content) -> Table:
    about = content["project"]
    least, most = about["overlap_min"], about["overlap_max"]
    until = percent(about["target_confidence"])
    rows = (
        ("Question", about["question"] or NONE),
        ("Labels", ", ".join(about["labels"]) or "none: a number is asked for"),
        ("Answers an item", f"{least} to {most}, until {until} sure"),
        ("Settings", f"version {about['config_version']}"),
        ("Guideline", f"version {about['guideline']}" if about["guideline"] else "none"),
        ("Method", str(about["method"])),
        ("Run of the model", _run(about)),
        ("Written (UTC)", _time(about["written_at"])),
    )
    return Table("What was asked", "", (), rows)


def _quality(content: Content) -> Table:
    gold, agreement = content["gold"], content["agreement"]
    rows = (
        ("Labels that are right", *_share(gold["labels"])),
        ("Answers that are right", *_share(gold["answers"])),
        ("Agreement beyond chance (alpha)", *_coefficient(agreement["alpha"], _score)),
        ("Pairs of answers that agree", *_coefficient(agreement["percent"], percent)),
        ("Calibration error", percent(content["calibration"]["ece"]), NONE, NONE),
    )
    note = (
        "Right is told by items whose answer is known, which are decided as if it were not. "
        "Intervals hold the true value in 95 of 100 cases. An alpha of 1 is perfect, 0 is chance "
        "(Krippendorff). The calibration error is how far the stated confidence is from the share "
        "that is right."
    )
    return Table("Quality", note, ("", "value", "interval", "from"), rows)


def _counts(content: Content) -> Table:
    counts = content["counts"]
    rows = [(title, f"{counts[name]:,}") for name, title in COUNTS.items()]
    between = f"{_time(counts['first_at'])} to {_time(counts['last_at'])}"
    took = NONE if counts["median_s"] is None else f"{counts['median_s']:.1f} s"
    return Table(
        "Counts", "", (), [*rows, ("Came in (UTC)", between), ("An answer took (median)", took)]
    )


def _classes(content: Content) -> Table:
    rows = [
        (
            one["label"],
            f"{one['share']['count']:,}",
            percent(one["share"]["share"]),
            _with_interval(one["precision"]),
            _with_interval(one["recall"]),
        )
        for one in content["classes"]
    ]
    note = (
        "Precision: of the known items that were given the label, how many have it. Recall: of "
        "those that have it, how many were given it."
    )
    return Table("Label by label", note, ("Label", "items", "share", "precision", "recall"), rows)


def _calibration(content: Content) -> Table:
    rows = [
        (_bin(one["bin"]), percent(one["stated"]), *_share(one["right"]))
        for one in content["calibration"]["bins"]
    ]
    note = "Of labels that are 90 % sure, 90 of 100 should be right."
    head = ("Sure by", "on average", "right", "interval", "items")
    return Table("Calibration", note, head, rows)


def _confidence(content: Content) -> Table:
    rows = [(_bin(one), f"{one['tasks']:,}") for one in content["confidence"] if one["tasks"]]
    return Table("How sure the labels are", "", ("Sure by", "labels"), rows)


def _disputes(content: Content) -> Table:
    states = ("disputes", "open", "ruled", "settled")
    rows = [
        (one["reason"].replace("_", " "), *(f"{one[state]:,}" for state in states))
        for one in content["disputes"]
    ]
    note = "One may have several causes. Ruled: by a person. Settled: by answers that came later."
    return Table("Disputes", note, ("Because", "in all", "open", "ruled", "settled"), rows)


def _models(content: Content) -> Table:
    models = content["models"]
    rows = (
        ("Models", f"{models['models']:,}"),
        ("Predictions", f"{models['predictions']:,}"),
        ("Items in which they had a say", f"{models['tasks']:,}"),
        ("Labels without an answer by people", f"{models['alone']:,}"),
    )
    return Table("Models", "", (), rows if models["models"] else ())


def _cost(content: Content) -> Table:
    cost = content["cost"]
    if cost is None:
        return Table("Cost", "", (), ())
    unit = cost["currency"]
    rows = (
        ("Spent", f"{_plain(cost['spent'])} {unit}"),
        ("Held", f"{_plain(cost['held'])} {unit}"),
        ("A label", f"{_plain(cost['per_label'])} {unit}" if cost["per_label"] else NONE),
    )
    return Table("Cost", "", (), rows)


def _configs(content: Content) -> Table:
    rows = [
        (
            str(one["version"]),
            _time(one["created_at"]),
            str(one["guideline"] or NONE),
            f"{one['overlap_min']} to {one['overlap_max']}",
            f"{one['answers']:,}",
        )
        for one in content["configs"]
    ]
    head = ("Version", "since (UTC)", "guideline", "overlap", "answers")
    return Table("Versions of the settings", "", head, rows)


def _guidelines(content: Content) -> Table:
    rows = [
        (str(one["version"]), _time(one["created_at"]), f"{one['answers']:,}")
        for one in content["guidelines"]
    ]
    return Table("Versions of the guideline", "", ("Version", "since (UTC)", "answers"), rows)


#: In the order in which they are read.
TABLES: Iterable[Callable[[Content], Table]] = (
    _quality,
    _counts,
    _classes,
    _calibration,
    _confidence,
    _disputes,
    _models,
    _cost,
    _asked,
    _configs,
    _guidelines,
)


def percent(share: float | None) -> str:
    """Write a share to a tenth of a percent."""
    return NONE if share is None else f"{100 * share:.1f} %"


def _score(value: float | None) -> str:
    return NONE if value is None else f"{value:.2f}"


def _time(moment: str | None) -> str:
    """Write a time to the minute; all are of UTC."""
    return NONE if moment is None else moment[:16].replace("T", " ")


def _plain(amount: str) -> str:
    """Write an amount without the zeros that a column of the database adds, to cents at least."""
    whole, _, rest = amount.partition(".")
    return f"{whole}.{rest.rstrip('0'):0<2}"


def _run(about: Content) -> str:
    if about["run_number"] is None:
        return "none yet"
    return f"{about['run_number']}, from {about['run_answers']:,} answers, {_time(about['run_at'])}"


def _bin(edges: Content) -> str:
    return f"{100 * edges['low']:.0f} to {100 * edges['high']:.0f} %"


def _between(found: Content, write: Callable[[float], str]) -> str:
    return NONE if found["low"] is None else f"{write(found['low'])} to {write(found['high'])}"


def _share(share: Content) -> tuple[str, str, str]:
    if share["share"] is None:
        return NONE, NONE, "0"
    return percent(share["share"]), _between(share, percent), f"{share['of']:,}"


def _coefficient(found: Content, write: Callable[[float | None], str]) -> tuple[str, str, str]:
    return write(found["value"]), _between(found, write), f"{found['tasks']:,} items"


def _with_interval(share: Content) -> str:
    if share["share"] is None:
        return NONE
    low, high = 100 * share["low"], 100 * share["high"]
    return f"{percent(share['share'])} ({low:.0f}–{high:.0f})"
