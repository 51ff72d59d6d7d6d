"""A report on quality as tables, for a page and for print. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from crowd.services.answer_kinds import CATEGORICAL, MULTI_LABEL, NUMERIC, ORDINAL
from crowd.services.quality_cells import (
    NONE,
    Content,
    coefficient,
    edges_of,
    number,
    percent,
    plain,
    score,
    share,
    time,
    with_interval,
)

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
#: What is called right of results and of answers, by kind.
RIGHT = {
    CATEGORICAL: ("Labels that are right", "Answers that are right"),
    ORDINAL: ("Labels that are right", "Answers that are right"),
    MULTI_LABEL: ("Sets that are right as a whole", "Answers that are right as a whole"),
    NUMERIC: ("Results right but for the tolerance", "Answers right but for the tolerance"),
}
#: What results are called.
NOUNS = {MULTI_LABEL: "sets", NUMERIC: "numbers"}
#: How far apart alpha takes answers to be.
APART = {
    "ordinal": "a step further apart on the scale is worse (ordinal distance)",
    "sets": "sets are the nearer the more they share (MASI distance, Passonneau 2006)",
    "interval": "the further apart two numbers are, the worse (interval distance)",
}


class Table(NamedTuple):
    """A table, with how to read it. Without a head its first column is what heads the rows."""

    title: str
    note: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def kind_of(content: Content) -> str:
    """Say what kind of answers a report is about; it was always labels where it does not."""
    return str(content["project"].get("answer_type", CATEGORICAL))


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
        _choice(about),
        ("Answers an item", f"{least} to {most}, until {until} sure"),
        ("Settings", f"version {about['config_version']}"),
        ("Guideline", f"version {about['guideline']}" if about["guideline"] else "none"),
        ("Method", str(about["method"])),
        ("Run of the model", _run(about)),
        ("Written (UTC)", time(about["written_at"])),
    )
    return Table("What was asked", "", (), rows)


def _choice(about: Content) -> tuple[str, str]:
    """Say what could be answered."""
    asked = about.get("number")
    if asked:
        unit = f" {asked['unit']}" if asked.get("unit") else ""
        return "A number", f"from {asked['minimum']:g} to {asked['maximum']:g}{unit}"
    title = "All that apply of" if kind_of({"project": about}) == MULTI_LABEL else "Labels"
    return title, ", ".join(about["labels"])


def _quality(content: Content) -> Table:
    gold, agreement = content["gold"], content["agreement"]
    of_labels, of_answers = RIGHT[kind_of(content)]
    rows = (
        (of_labels, *share(gold["labels"])),
        (of_answers, *share(gold["answers"])),
        ("Agreement beyond chance (alpha)", *coefficient(agreement["alpha"], score)),
        ("Pairs of answers that agree", *coefficient(agreement["percent"], percent)),
        ("Calibration error", percent(content["calibration"]["ece"]), NONE, NONE),
    )
    apart = APART.get(agreement.get("scale", "nominal"))
    note = (
        "Right is told by items whose answer is known, which are decided as if it were not. "
        "Intervals hold the true value in 95 of 100 cases. An alpha of 1 is perfect, 0 is chance "
        f"(Krippendorff){f'; {apart}' if apart else ''}. The calibration error is how far the "
        "stated confidence is from the share that is right."
    )
    if (most := agreement.get("answers_a_task")) is not None:
        note += (
            f" The first {most} answers to each item are compared: those who disagree are asked "
            "for more."
        )
    return Table("Quality", note, ("", "value", "interval", "from"), rows)


def _errors(content: Content) -> Table:
    """Say how far off numbers are, where more is known of them."""
    numbers = content.get("numbers")
    if not numbers or not numbers["errors"]["tasks"]:
        return Table("How far off", "", (), ())
    errors, unit = numbers["errors"], f" {numbers['unit']}" if numbers["unit"] else ""
    rows = [
        (title, *coefficient({**errors[name], "tasks": errors["tasks"]}, number))
        for title, name in (("Above what is known by", "bias"), ("Away from it by", "absolute"))
    ]
    tolerance = f"{number(numbers['tolerance'])}{unit}"
    note = (
        "Means, of what was decided on items whose number is known. Up to "
        f"{tolerance} away counts as right."
    )
    return Table("How far off", note, ("", f"mean{unit}", "interval", "from"), rows)


def _spread(content: Content) -> Table:
    """Say how numbers are spread."""
    numbers = content.get("numbers") or {"quantiles": ()}
    rows = [
        (f"{100 * one['share']:.0f} % lie at or below", number(one["value"]))
        for one in numbers["quantiles"]
    ]
    return Table("What the numbers are", "", (), rows)


def _counts(content: Content) -> Table:
    counts = content["counts"]
    rows = [(title, f"{counts[name]:,}") for name, title in COUNTS.items()]
    between = f"{time(counts['first_at'])} to {time(counts['last_at'])}"
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
            with_interval(one["precision"]),
            with_interval(one["recall"]),
        )
        for one in content["classes"]
    ]
    note = (
        "Precision: of the known items that were given the label, how many have it. Recall: of "
        "those that have it, how many were given it."
    )
    if kind_of(content) == MULTI_LABEL:
        note += " An item may have several labels, or none: shares need not add up to 100 %."
    return Table("Label by label", note, ("Label", "items", "share", "precision", "recall"), rows)


def _calibration(content: Content) -> Table:
    rows = [
        (edges_of(one["bin"]), percent(one["stated"]), *share(one["right"]))
        for one in content["calibration"]["bins"]
    ]
    note = {
        MULTI_LABEL: "Of sets that are 90 % sure, 90 of 100 should be right as a whole.",
        NUMERIC: "Of numbers that are 90 % sure, 90 of 100 should be right but for the tolerance.",
    }.get(kind_of(content), "Of labels that are 90 % sure, 90 of 100 should be right.")
    head = ("Sure by", "on average", "right", "interval", "items")
    return Table("Calibration", note, head, rows)


def _confidence(content: Content) -> Table:
    rows = [(edges_of(one), f"{one['tasks']:,}") for one in content["confidence"] if one["tasks"]]
    noun = NOUNS.get(kind_of(content), "labels")
    return Table(f"How sure the {noun} are", "", ("Sure by", noun), rows)


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
        ("Spent", f"{plain(cost['spent'])} {unit}"),
        ("Held", f"{plain(cost['held'])} {unit}"),
        ("A label", f"{plain(cost['per_label'])} {unit}" if cost["per_label"] else NONE),
    )
    return Table("Cost", "", (), rows)


def _configs(content: Content) -> Table:
    rows = [
        (
            str(one["version"]),
            time(one["created_at"]),
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
        (str(one["version"]), time(one["created_at"]), f"{one['answers']:,}")
        for one in content["guidelines"]
    ]
    return Table("Versions of the guideline", "", ("Version", "since (UTC)", "answers"), rows)


def _run(about: Content) -> str:
    if about["run_number"] is None:
        return "none yet"
    return f"{about['run_number']}, from {about['run_answers']:,} answers, {time(about['run_at'])}"


#: In the order in which they are read.
TABLES: Iterable[Callable[[Content], Table]] = (
    _quality,
    _counts,
    _classes,
    _errors,
    _spread,
    _calibration,
    _confidence,
    _disputes,
    _models,
    _cost,
    _asked,
    _configs,
    _guidelines,
)
