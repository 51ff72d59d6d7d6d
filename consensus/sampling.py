"""Who is among those of a group whose number is known: independent events, given their total."""

from __future__ import annotations

import numpy as np
from scipy import special

from consensus.votes import Floats, Ints

#: Steps of the bisection, and of the fixed point: both are at three digits then.
HALVINGS, STEPS = 30, 20


def pair_factors(chance: Floats, row: Ints, totals: Ints) -> Floats:
    """Find factors whose product is the chance that two events of a row both happen: shape (N,).

    `chance` holds the probability of each event, `row` its row, both of shape (N,); `totals`, of
    shape (R,), how many events of a row do happen: two at least, but not all. Where two happen the
    product is exact; elsewhere it keeps to the chance of each event alone.
    """
    odds = chance / (1 - chance)
    size = len(totals)
    linear, square = np.bincount(row, odds, size), np.bincount(row, odds**2, size)
    exact = odds / np.sqrt(np.maximum((linear**2 - square) / 2, 1e-300))[row]
    alone = inclusion(np.log(odds), row, totals)
    others = (totals - 1.0)[row] * alone
    factor = alone * np.sqrt((totals - 1) / totals)[row]
    for _ in range(STEPS):
        rest = np.bincount(row, factor, size)[row] - factor
        factor = np.sqrt(factor * others / np.maximum(rest, 1e-300))
    return np.where(totals[row] == 2, exact, np.minimum(factor, 1.0))


def inclusion(log_odds: Floats, row: Ints, totals: Ints) -> Floats:
    """Find the chance of each event to be among those of its row that happen: shape (N,).

    All odds of a row are first multiplied so that the chances add up to the total; then each moves
    to what it is given that total, to the first order (Hájek 1964).
    """
    size = len(totals)
    middle = special.logit(totals / np.bincount(row, minlength=size))
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, row, -log_odds)
    np.maximum.at(high, row, -log_odds)
    low, high = low + middle, high + middle
    for _ in range(HALVINGS):
        shift = (low + high) / 2
        short = np.bincount(row, special.expit(log_odds + shift[row]), size) < totals
        low, high = np.where(short, shift, low), np.where(short, high, shift)
    chance = special.expit(log_odds + high[row])
    spread = chance * (1 - chance)
    total = np.maximum(np.bincount(row, spread, size), 1e-300)
    mean = np.bincount(row, spread * chance, size) / total
    moved: Floats = chance * (1 + (chance - mean[row]) * (1 - chance) / total[row])
    return np.clip(moved, 0.0, 1.0)
