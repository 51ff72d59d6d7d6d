"""When a stream of answers will have closed all tasks, and how sure that is.

Two things are uncertain, and both are drawn many times: how many answers are still needed, from how
many answers tasks have needed so far; and how fast they come, from how fast they have come.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from consensus.votes import Floats, Ints

#: Slots in a day: the pace is known by ten minutes.
DAY = 144
#: Days that a project's rhythm is taken from, at the most and at the least.
MOST_DAYS, LEAST_DAYS = 28, 3
#: Days of a week, which are told apart from so many weeks on, where they surely differ.
WEEK, LEAST_WEEKS, SURE = 7, 2, 0.01
#: Days on which less than this share of the busiest comes show nothing of how days vary.
DULL = 0.25
#: Before that, stretches of past time are at the most so long, and this share of all there is.
LONGEST_STRETCH, STRETCHES = 36, 2
#: Fewer slots than these say nothing.
LEAST_SLOTS = 3
#: Slots looked ahead: a year.
HORIZON = 365 * DAY
#: Weight of what is assumed of stopping at a number of answers nobody has been seen at, in tasks.
PRIOR = 0.5


def stop_chances(
    closed: Ints,
    undecided: Ints,
    bounds: tuple[int, int],
    chance: np.random.Generator,
    draws: int,
) -> Floats:
    """Draw the chance of a task to be closed by its n-th answer: shape (D, M + 1), by n from 0.

    `closed` counts tasks by the answers they were closed with, `undecided` the open ones by those
    their newest decision has seen: both (M + 1,). Tasks that are open yet count as far as they have
    come (product-limit estimate, Kaplan & Meier 1958): those that need much are not forgotten.
    `bounds`: the fewest answers a task gets, and the most.
    """
    most = len(closed) - 1
    later = closed[::-1].cumsum()[::-1] - closed
    survived = later + undecided[::-1].cumsum()[::-1]
    drawn = chance.beta(closed + PRIOR, survived + PRIOR, (draws, most + 1))
    drawn[:, : bounds[0]] = 0.0
    drawn[:, bounds[1] :] = 1.0
    return drawn


def answers_needed(
    stops: Floats, settled: Ints, pending: Ints, chance: np.random.Generator
) -> Floats:
    """Draw how many answers open tasks still need, all together: shape (D,).

    `stops` is what `stop_chances` gives. `settled` counts the open tasks by their answers where a
    decision has seen them all, `pending` those where one is still to come: both (M + 1,).
    """
    draws, size = stops.shape
    mean, square = np.zeros((draws, size)), np.zeros((draws, size))
    for n in range(size - 2, -1, -1):
        on = 1 - stops[:, n + 1]
        mean[:, n] = 1 + on * mean[:, n + 1]
        square[:, n] = 1 + on * (2 * mean[:, n + 1] + square[:, n + 1])
    # of those whose decision is still to come some are closed by it
    on = 1 - stops
    means = mean @ settled + (on * mean) @ pending
    spread = (square - mean**2) @ settled + (on * square - (on * mean) ** 2) @ pending
    drawn = chance.normal(means, np.sqrt(np.maximum(spread, 0)))
    needed: Floats = np.maximum(drawn, 0)
    return needed


def slots_until(needed: Floats, paces: Floats, chance: np.random.Generator) -> Floats | None:
    """Draw after how many slots so many answers have come: shape (D,); inf: not within a year.

    `needed` (D,) are draws; `paces` are answers in each slot so far, the newest last. What is to
    come is put together from stretches of the past: whole days that end now, once there are three,
    so that a project's nights stay nights, each as busy as its weekday where these surely differ;
    before that shorter ones. Each draw first weighs the stretches (Bayesian bootstrap, Rubin 1981):
    how fast it goes on average is not known either. Few stretches hide how different others may be:
    what is drawn is moved away from its middle as far as Student's distribution is wider than the
    normal one. None: nothing is known of the pace, or nothing has come.
    """
    stretches = _stretches(paces)
    if stretches is None or not stretches.sum():
        return None
    length = stretches.shape[1]
    sums = stretches.sum(axis=1)
    period = _period(sums) if length == DAY else 1
    # the day ahead, 0 for the next, on which the rhythm stands as it did on each
    turn = (np.arange(len(sums)) - len(sums)) % period
    # stretches that overlap are no more than so many that do not
    apart = min(len(sums), len(paces) / length)
    each = np.full(len(sums), apart / len(sums))
    found = np.array(
        [_walk(float(wanted), stretches, chance.dirichlet(each), turn, chance) for wanted in needed]
    )
    return _widened(np.where(found > HORIZON, np.inf, found), needed, apart, period)


def _walk(
    wanted: float, stretches: Floats, weights: Floats, turn: Ints, chance: np.random.Generator
) -> float:
    """Draw after how many slots so many answers have come; inf: not within a year.

    `weights` are of the stretches, `turn` where each stands in the rhythm: both (B,).
    """
    sums, length = stretches.sum(axis=1), stretches.shape[1]
    level = np.bincount(turn, weights * sums) / np.maximum(np.bincount(turn, weights), 1e-9)
    level = np.maximum(level, 1e-9)
    # what little comes on a dull day tells nothing of a busy one
    likely = _whole(weights * (level[turn] >= DULL * level.max()))
    pace = max(float(weights @ sums), 1e-9)
    left, walked = wanted, 0
    while left > 0 and walked * length < HORIZON:
        # as many at once as will do on average, and some more
        some = min(int(left / pace) + 2, HORIZON // length + 1)
        drawn = chance.choice(len(sums), some, p=likely)
        busier = level[(walked + np.arange(some)) % len(level)] / level[turn[drawn]]
        come = (busier * sums[drawn]).cumsum()
        whole = int(np.searchsorted(come, left))
        if whole < some:
            before = (left - (come[whole - 1] if whole else 0.0)) / busier[whole]
            inside = np.interp(before, *_cumulated(stretches[drawn[whole]]))
            return float((walked + whole) * length + inside)
        left, walked = left - float(come[-1]), walked + some
    return math.inf if left > 0 else 0.0


def _period(sums: Floats) -> int:
    """Say after how many days the pace repeats itself: a week, where its days surely differ."""
    if len(sums) < LEAST_WEEKS * WEEK:
        return 1
    # a root, for counts vary as their means do
    days = [np.sqrt(sums[day::WEEK]) for day in range(WEEK)]
    if not any(np.ptp(day) for day in days):
        return WEEK if np.ptp(sums) else 1
    return WEEK if stats.f_oneway(*days).pvalue < SURE else 1


def _whole(weights: Floats) -> Floats:
    total = weights.sum()
    return weights / total if total > 0 else np.full(len(weights), 1 / len(weights))


def _cumulated(stretch: Floats) -> tuple[Floats, Floats]:
    """Say how many answers have come at which time, for a table to look up the time in."""
    come = np.concatenate([[0.0], stretch.cumsum()])
    # where nothing comes for a while, the end of the wait is not the time of an answer
    first = np.concatenate([[True], np.diff(come) > 0])
    return come[first], np.flatnonzero(first).astype(np.float64)


def _widened(found: Floats, needed: Floats, stretches: float, period: int) -> Floats:
    """Move the time that an answer takes away from its middle as so few stretches ask for.

    `period`: means that were taken from them, one for each day of the rhythm.
    """
    each = np.maximum(found, 1e-9) / np.maximum(needed, 1e-9)
    middle = quantiles(each)[1]
    if not np.isfinite(middle):
        return found
    freedom = max(1.0, stretches - period)
    hidden = np.sqrt((freedom + period + 1) / freedom)
    wider = stats.t.ppf(0.9, freedom) / stats.norm.ppf(0.9) * hidden
    ends: Floats = needed * middle * (each / middle) ** wider
    return np.where(needed > 0, np.where(ends > HORIZON, np.inf, ends), 0.0)


def quantiles(drawn: Floats) -> tuple[float, float, float]:
    """Take the 10, 50 and 90 % quantiles of some draws, infinite ones among them."""
    ordered = np.sort(drawn)
    low, middle, high = (ordered[int(share * (len(ordered) - 1))] for share in (0.1, 0.5, 0.9))
    return float(low), float(middle), float(high)


def _stretches(paces: Floats) -> Floats | None:
    """Cut the past into stretches of equal length: shape (B, L); None: it is too short."""
    size = len(paces)
    if size < LEAST_SLOTS:
        return None
    if size >= LEAST_DAYS * DAY:
        days = min(size // DAY, MOST_DAYS)
        return paces[-days * DAY :].reshape(days, DAY)
    length = min(LONGEST_STRETCH, max(1, size // STRETCHES))
    return np.lib.stride_tricks.sliding_window_view(paces, length).astype(np.float64)
