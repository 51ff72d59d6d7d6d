"""What a simulation has shown, in tables on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from crowd.simulation.report import OfKind, Report

KIND_COLUMNS = (
    "kind", "size", "answers", "right", "skill", "flagged", "stopped", "seconds", "paid",
)  # fmt: skip


def show(console: Console, found: Report, without: Report | None) -> None:
    """Print what was found, beside the same crowd without rules where there is that."""
    kinds = Table(
        title="What the crowd was, and what was seen of it", box=SIMPLE_HEAD, pad_edge=False
    )
    kinds.collapse_padding = True
    kinds.caption = "skill: estimated, with its interval; stopped: how many / answers before"
    for name in KIND_COLUMNS if found.cost else KIND_COLUMNS[:-1]:
        kinds.add_column(name, justify="left" if name == "kind" else "right")
    for kind in found.kinds:
        kinds.add_row(*_row(kind)[: len(kinds.columns)])
    console.print(kinds)
    _show_rules(console, found)
    sides = ("without rules", "with rules") if without else ("",)
    whole = Table("", *sides, show_header=without is not None)
    columns = [_whole(one) for one in (without, found) if one is not None]
    for rows in zip(*columns, strict=True):
        whole.add_row(rows[0][0], *(value for _, value in rows))
    console.print(whole)


def _show_rules(console: Console, found: Report) -> None:
    caught: dict[str, list[str]] = {}
    for kind in found.kinds:
        for rule, count in kind.caught_by.items():
            caught.setdefault(rule, []).append(f"{count} {kind.kind}")
    if caught:
        table = Table("rule", "acted first on", box=SIMPLE_HEAD, pad_edge=False)
        for rule, kinds in sorted(caught.items()):
            table.add_row(rule, ", ".join(kinds))
        console.print(table)


def _row(kind: OfKind) -> Sequence[str]:
    skill, stopped = "–", "–"
    if kind.skill is not None:
        skill = f"{kind.skill:.2f} {kind.skill_low:.2f}–{kind.skill_high:.2f}"
    if kind.stopped:
        stopped = f"{kind.stopped} / {kind.stopped_after:.0f}"
    return (
        kind.kind,
        str(kind.annotators),
        f"{kind.answers:,}",
        _number(kind.accuracy),
        skill,
        str(kind.flagged or "–"),
        stopped,
        _number(kind.seconds_seen, 1),
        _money(kind.owed),
    )


def _whole(found: Report) -> Sequence[tuple[str, str]]:
    return (
        ("Accuracy of the labels", _number(found.accuracy, 3)),
        ("  of those that are resolved", _number(found.accuracy_resolved, 3)),
        ("  of a majority of the same answers", _number(found.accuracy_majority, 3)),
        ("Tasks resolved / disputed / open", f"{found.labels} / {found.disputed} / {found.open}"),
        ("Answers", f"{found.answers:,} ({found.late} too late)"),
        ("  a task", _number(found.answers_per_task, 2)),
        ("  a resolved label", _number(found.answers_per_label, 2)),
        ("  saved against the most allowed", f"{found.saved:.0%}"),
        *_costs(found),
        ("Time", f"{found.seconds:.1f} s"),
    )


def _costs(found: Report) -> Sequence[tuple[str, str]]:
    if (cost := found.cost) is None:
        return ()
    return (
        ("Cost", _money(cost.owed, cost.currency)),
        ("  a label", _money(cost.per_label, cost.currency)),
        ("  taken back", _money(cost.reversed, cost.currency)),
    )


def _money(amount: Decimal | None, currency: str = "") -> str:
    return "–" if amount is None else f"{amount.normalize():f} {currency}".strip()


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
