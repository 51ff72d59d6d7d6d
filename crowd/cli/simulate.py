"""`crowd simulate`: a crowd whose every habit is known, and how well it is seen through."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal

import click
import httpx
from rich.console import Console

from crowd.cli import stack
from crowd.cli.simulated import show
from crowd.client import Client, ClientError
from crowd.simulation.cast import MIXES, BadMix, cast, mix_of
from crowd.simulation.items import plant
from crowd.simulation.report import Report, report
from crowd.simulation.rules import BadRules, put_in_force, rules_of
from crowd.simulation.simulation import play
from crowd.simulation.stage import SimulationError, Stage, build

#: How long the service may be away before we give up, in seconds.
PATIENCE_S = 60.0
#: Requests a window: as good as no limit.
UNBOUNDED = 1_000_000_000

console = Console(stderr=True)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the command line asks for."""

    annotators: int
    tasks: int
    classes: int
    gold: float
    mix: str
    overlap: tuple[int, int]
    confidence: float
    seed: int
    pace: float
    threads: int
    rules: str | None
    price: Decimal | None
    currency: str
    pay_excluded: bool

    @property
    def pay(self) -> dict[str, object]:
        """Say what a project's configuration says of pay; nothing where nothing is paid."""
        if self.price is None:
            return {}
        pay = {"price": f"{self.price:f}", "currency": self.currency}
        return {**pay, "pay_excluded": self.pay_excluded}


@dataclass(frozen=True)
class Sides:
    """Both sides of a service, and what is to be done while they talk."""

    url: str
    requester: Client
    marketplace: Client
    marketplace_name: str | None = None
    look_after: Callable[[], None] = lambda: None
    keep_running: Callable[[], None] = lambda: None


def _price(_: click.Context, __: click.Parameter, value: str | None) -> Decimal | None:
    """Read an amount, exact as it is written."""
    if value is None:
        return None
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,6})?", value):
        raise click.BadParameter("It is like 0.05, with at most six decimals.")
    return Decimal(value)


def _overlap(_: click.Context, __: click.Parameter, value: str) -> tuple[int, int]:
    """Read MIN-MAX, or one number for both."""
    low, dash, high = value.partition("-")
    high = high if dash else low
    if not low.isdecimal() or not high.isdecimal():
        raise click.BadParameter("It is like 3-7, or 5.")
    if not 1 <= int(low) <= int(high) <= 1000:
        raise click.BadParameter("The first is at least 1, the second no less and at most 1000.")
    return int(low), int(high)


@click.command(short_help="Let a simulated crowd work and see how well it is seen through.")
@click.option("--annotators", type=click.IntRange(1, 10_000), default=40, show_default=True)
@click.option("--tasks", type=click.IntRange(1, 100_000), default=200, show_default=True)
@click.option("--classes", type=click.IntRange(2, 200), default=4, show_default=True)
@click.option("--gold", type=click.FloatRange(0, 1), default=0.1, show_default=True,
              help="Share of the tasks whose truth is known.")  # fmt: skip
@click.option("--mix", default="typical", show_default=True,
              help=f'{", ".join(MIXES)}, or JSON: {{"honest": 0.7, "spammer": 0.3}}.')  # fmt: skip
@click.option("--overlap", metavar="MIN-MAX", callback=_overlap, default="3-7", show_default=True,
              help="Answers a task gets at least and at most.")  # fmt: skip
@click.option("--confidence", type=click.FloatRange(0.501, 0.999), default=0.95,
              show_default=True, help="At which a task needs no further answer.")  # fmt: skip
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--pace", type=click.FloatRange(min=0), default=20.0, show_default=True,
              help="How much faster simulated time goes; 0: nobody waits.")  # fmt: skip
@click.option("--threads", type=click.IntRange(1, 64), default=4, show_default=True,
              help="Requests at a time.")  # fmt: skip
@click.option("--rules", metavar="usual|FILE",
              help="Rules on quality: those this command knows, or a JSON list.")  # fmt: skip
@click.option("--compare", is_flag=True,
              help="Let the same crowd work without the rules first, and show both.")  # fmt: skip
@click.option("--price", metavar="AMOUNT", callback=_price,
              help="What an answer earns; the report then says what labels cost.")  # fmt: skip
@click.option("--currency", default="USD", show_default=True, help="With --price.")
@click.option("--pay-excluded", is_flag=True,
              help="What rules exclude stays paid for; else it is taken back.")  # fmt: skip
@click.option("--url", help="A running service, instead of one for this simulation.")
@click.option("--requester-key", envvar="CROWD_REQUESTER_KEY", help="With --url.")
@click.option("--marketplace-key", envvar="CROWD_MARKETPLACE_KEY", help="With --url.")
@click.option("--marketplace", help="The marketplace's name, where there are several.")
@click.option("--keep", is_flag=True, help="Leave the service up and say where to look.")
@click.option("--json", "as_json", is_flag=True, help="End with the report as one line of JSON.")
def simulate(
    url: str | None,
    requester_key: str | None,
    marketplace_key: str | None,
    marketplace: str | None,
    keep: bool,
    as_json: bool,
    compare: bool,
    **options: object,
) -> None:
    """Let a simulated crowd work through the API and see how well the engine sees through it.

    Annotators of planted kinds, from experts to spammers, copiers and adversaries, answer tasks
    whose truth is planted too, over HTTP and in their own time. The same seed makes the same
    crowd; who gets which task is the service's to draw.
    """
    wanted = Wanted(**options)  # type: ignore[arg-type]
    if compare and wanted.rules is None:
        raise click.UsageError("--compare needs --rules: without and with what?")
    with ExitStack() as closing:
        if url is None:
            sides = closing.enter_context(_own())
        elif requester_key and marketplace_key:
            sides = closing.enter_context(_others(url, requester_key, marketplace_key, marketplace))
        else:
            raise click.UsageError("--url needs --requester-key and --marketplace-key.")
        try:
            without = _simulated(sides, replace(wanted, rules=None)) if compare else None
            found = _simulated(sides, wanted)
        except (BadMix, BadRules, SimulationError, ClientError) as error:
            raise click.ClickException(str(error)) from None
        show(console, found, without)
        if as_json:
            click.echo(json.dumps(_as_json(wanted, found, without)))
        if keep:
            console.print(f"\nStill up: {sides.url}/docs  (Ctrl-C stops)")
            sides.keep_running()


@contextmanager
def _own() -> Iterator[Sides]:
    console.print("Starting PostgreSQL, Redis and Crowd in a temporary folder …")
    with stack.running_apart(console.print) as service:
        keys = [
            service.key(f"Simulated {kind}", kind, key_name="simulation", rate_limit=UNBOUNDED)
            for kind in ("requester", "marketplace")
        ]
        supervisor = service.supervisor
        # the service is on this machine: no proxy the environment names is meant for it
        with (
            _client(service.url, keys[0], near=True) as requester,
            _client(service.url, keys[1], near=True) as crowd,
        ):
            look_after, keep_running = supervisor.look_after, supervisor.keep_running
            yield Sides(service.url, requester, crowd, None, look_after, keep_running)


@contextmanager
def _others(url: str, requester_key: str, key: str, marketplace: str | None) -> Iterator[Sides]:
    with _client(url, requester_key) as requester, _client(url, key) as crowd:
        yield Sides(url, requester, crowd, marketplace)


def _client(url: str, key: str, *, near: bool = False) -> Client:
    transport = httpx.HTTPTransport(limits=httpx.Limits()) if near else None
    return Client(url, key, retry_for=PATIENCE_S, transport=transport)


def _simulated(sides: Sides, wanted: Wanted) -> Report:
    crowd = cast(wanted.seed, wanted.annotators, mix_of(wanted.mix), wanted.classes)
    rules = () if wanted.rules is None else rules_of(wanted.rules)
    low, high = wanted.overlap
    stage = build(
        sides.requester,
        sides.marketplace,
        items=plant(wanted.seed, wanted.tasks, wanted.classes),
        crowd=crowd,
        classes=wanted.classes,
        gold_share=wanted.gold,
        seed=wanted.seed,
        threads=wanted.threads,
        marketplace_name=sides.marketplace_name,
        before_work=lambda requester, id_: put_in_force(requester, id_, rules, wanted.pace),
        overlap_min=low,
        overlap_max=high,
        target_confidence=wanted.confidence,
        **wanted.pay,
    )
    console.print(
        f"{wanted.tasks:,} tasks of {wanted.classes} labels, {len(stage.gold):,} of them gold; "
        f"{wanted.annotators:,} annotators; {low} to {high} answers a task."
    )
    try:
        with console.status("Working …") as status:
            look = _watcher(stage, sides.look_after, status.update)
            played = play(
                stage, seed=wanted.seed, pace=wanted.pace, threads=wanted.threads, look_after=look
            )
        return report(played, high)
    finally:
        # on a service of others no work must be left behind; what went wrong before counts more
        with suppress(ClientError):
            sides.requester.projects.finish(stage.project_id)


def _watcher(
    stage: Stage, look_after: Callable[[], None], tell: Callable[[str], None]
) -> Callable[[], None]:
    shown = 0.0

    def look() -> None:
        nonlocal shown
        look_after()
        if time.monotonic() - shown > 2:
            now = stage.requester.projects.progress(stage.project_id)
            tell(f"{now.answers:,} answers, {now.resolved:,} of {now.tasks:,} tasks resolved")
            shown = time.monotonic()

    return look


def _as_json(wanted: Wanted, found: Report, without: Report | None) -> dict[str, object]:
    beside = {} if without is None else {"without_rules": without.as_dict()}
    return {"seed": wanted.seed, "pace": wanted.pace, **found.as_dict(), **beside}
