"""Sets of labels that go together: tasks come in profiles, and annotators are of one piece."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import copy
from typing import Any, Self

import numpy as np
from scipy.special import expit, logit

from consensus.answer_types.multi_label_votes import Bools, MultiLabelVotes
from consensus.posterior import TINY, normalized
from consensus.votes import Floats

#: How often a label is given where it belongs, and where it does not, before anything is known;
#: and the answers that this weighs beside an annotator's own.
ASSUMED_RATES, ASSUMED = np.array([0.75, 0.15]), 4.0
#: Tasks that a label's overall rate weighs in each profile, and that each profile has beforehand.
RATE_STRENGTH, PROFILE_STRENGTH = 2.0, 1.0


class LabelProfiles:
    """EM over profiles of tasks and two rates for every annotator and label.

    A task belongs to a profile, and a profile has a rate for each label (latent class analysis,
    Lazarsfeld & Henry 1968): labels that share profiles speak for each other. What annotators do
    with one label is drawn toward what they do with all, and what all do with that label, with
    the weight of `strength` answers. Profiles are split in two until there are `max_profiles`, or
    two rounds bring nothing; the number with the best Bayesian information criterion (Schwarz
    1978) stands, so labels that have nothing to do with each other get one profile, which is to
    say none.
    """

    #: P(label belongs to the set | answers): shape (T, L).
    posteriors_: Floats
    #: P(profile | answers), the share of each, and its rate of each label: (T, C), (C,), (C, L).
    members_: Floats
    shares_: Floats
    rates_: Floats
    #: P(label in the answer | it belongs, it does not): two of shape (A, L).
    hits_: Floats
    false_alarms_: Floats
    bounds_: list[float]
    n_iter_: int
    converged_: bool

    def __init__(
        self,
        *,
        max_profiles: int = 8,
        strength: float = 8.0,
        tolerance: float = 1e-5,
        max_iterations: int = 300,
    ) -> None:
        self.max_profiles = max_profiles
        self.strength = strength
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def fit(
        self, votes: MultiLabelVotes, gold: Mapping[Any, Collection[str]] | None = None
    ) -> Self:
        """Learn from the votes; known sets are held fast."""
        limits = (self.tolerance, self.max_iterations)
        fit = ProfileFit(votes, gold)
        fit.run(*limits)
        fit.let_labels_differ(self.strength)
        fit.run(*limits)
        best, in_vain = fit, 0
        while 2 * len(fit.shares) <= self.max_profiles and len(votes) and in_vain < 2:
            fit = fit.split()
            fit.run(*limits)
            # two profiles may be too few to show what four do, so one failure is no end
            in_vain = 0 if fit.criterion() > best.criterion() else in_vain + 1
            best = best if in_vain else fit
        self._fit = best
        self.posteriors_, self.members_ = best.posteriors, best.members
        self.shares_, self.rates_ = best.shares, best.rates
        self.hits_, self.false_alarms_ = best.tables
        self.bounds_, self.n_iter_, self.converged_ = best.bounds, len(best.bounds), best.converged
        return self

    def set_confidence(self, sets: Bools) -> Floats:
        """Compute the probability that each whole set is right: (T, L) to (T,)."""
        within = self._fit.within()
        right = np.where(sets[:, None, :], within, 1 - within).prod(axis=2)
        found: Floats = (self.members_ * right).sum(axis=1)
        return found


class ProfileFit:
    """One run of EM: a state, and the steps that improve it."""

    def __init__(
        self, votes: MultiLabelVotes, gold: Mapping[Any, Collection[str]] | None = None
    ) -> None:
        self.by_task, self.by_annotator = votes.by_task, votes.by_annotator
        self.annotator, self.chosen = votes.annotator, votes.chosen.astype(np.float64)
        self.task, self.rows, self.known = votes.task, *votes.rows_of(gold)
        tasks, annotators, labels = votes.shape
        given = np.bincount(votes.task, minlength=tasks)[:, None]
        self.answered = int((given > 0).sum())
        shares = (self.by_task @ self.chosen + ASSUMED_RATES[1]) / (given + 1)
        self.posteriors = self._held(shares)
        self.members = np.ones((tasks, 1))
        self.shares, self.rates = np.ones(1), self._base()[None]
        start = np.tile(ASSUMED_RATES[:, None, None], (1, annotators, labels))
        self.strength, self.center, self.tables = ASSUMED, start, start
        #: Whether an annotator's rates are the same for all labels.
        self.one_piece = True
        self._maximize()

    def _held(self, posteriors: Floats) -> Floats:
        posteriors[self.rows] = self.known
        return posteriors

    def _base(self) -> Floats:
        found: Floats = (self.posteriors.sum(axis=0) + 0.5) / (len(self.posteriors) + 1)
        return found

    def let_labels_differ(self, strength: float) -> None:
        """Give each annotator rates for each label, around their own and the crowd's for it."""
        total, given = self._counts()
        crowd = total.sum(axis=1) + ASSUMED * ASSUMED_RATES[:, None]
        crowd = crowd / (given.sum(axis=1) + ASSUMED)
        overall = crowd.mean(axis=1, keepdims=True)
        shift = logit(crowd) - logit(overall)
        self.center = expit(logit(self.tables) + shift[:, None, :])
        self.strength, self.one_piece = strength, False
        self._maximize()

    def split(self) -> ProfileFit:
        """Cut every profile in two across the direction in which its tasks differ most."""
        fit = copy(self)
        rates = []
        for weight, rate in zip(self.members.T, self.rates, strict=True):
            apart = self.posteriors - rate
            direction = np.linalg.eigh((apart * weight[:, None]).T @ apart)[1][:, -1]
            side = apart @ direction
            above = expit(4 * side / max(TINY, float(np.abs(side).max())))
            halves = (weight * above, weight * (1 - above))
            rates += [(half @ self.posteriors + rate) / (half.sum() + 1) for half in halves]
        fit.shares, fit.rates = np.repeat(self.shares / 2, 2), np.array(rates)
        fit.members = np.repeat(self.members / 2, 2, axis=1)
        return fit

    def run(self, tolerance: float, max_iterations: int) -> None:
        """Take steps until no posterior moves by more than the tolerance."""
        self.bounds: list[float] = []
        self.converged = False
        base = self._base()
        while len(self.bounds) < max_iterations and not self.converged:
            before = self.posteriors
            evidence = self._expect()
            self.bounds.append(evidence + self._log_prior(base))
            self.likelihood = evidence
            self._maximize(base)
            moved = np.abs(self.posteriors - before).max(initial=0.0)
            self.converged = bool(moved < tolerance)

    def within(self) -> Floats:
        """Compute P(label belongs | profile, answers): shape (T, C, L)."""
        belongs, not_ = self._joint()
        return np.exp(belongs - np.logaddexp(belongs, not_))

    def _joint(self) -> tuple[Floats, Floats]:
        """Compute log P(answers, label belongs or not | profile): two of shape (T, C, L)."""
        told = [self._told(table) for table in self.tables]
        told[1][self.rows] = np.where(self.known, -np.inf, told[1][self.rows])
        told[0][self.rows] = np.where(self.known, told[0][self.rows], -np.inf)
        belongs, not_ = told
        return belongs[:, None] + np.log(self.rates), not_[:, None] + np.log1p(-self.rates)

    def _told(self, table: Floats) -> Floats:
        no, yes = np.log1p(-table)[self.annotator], np.log(table)[self.annotator]
        told: Floats = self.by_task @ np.where(self.chosen > 0, yes, no)
        return told

    def _expect(self) -> float:
        belongs, not_ = self._joint()
        either = np.logaddexp(belongs, not_)
        self.members, evidence = normalized(either.sum(axis=2) + np.log(self.shares))
        within = np.exp(belongs - either)
        self.posteriors = np.einsum("tc,tcl->tl", self.members, within)
        self.label_counts = np.einsum("tc,tcl->cl", self.members, within)
        return float(evidence.sum())

    def _counts(self) -> tuple[Floats, Floats]:
        """Count labels given, and chances to give them, where they belong and where not."""
        odds = np.stack([self.posteriors, 1 - self.posteriors])
        at = odds[:, self.task]
        given = np.stack([self.by_annotator @ (self.chosen * p) for p in at])
        return given, np.stack([self.by_annotator @ p for p in at])

    def _maximize(self, base: Floats | None = None) -> None:
        given, chances = self._counts()
        if self.one_piece:
            given, chances = given.sum(2, keepdims=True), chances.sum(2, keepdims=True)
        self.tables = (given + self.strength * self.center) / (chances + self.strength)
        if base is not None:
            size = self.members.sum(axis=0)
            self.shares = size + PROFILE_STRENGTH
            self.shares = self.shares / self.shares.sum()
            rates = self.label_counts + RATE_STRENGTH * base
            self.rates = rates / (size[:, None] + RATE_STRENGTH)

    def _log_prior(self, base: Floats) -> float:
        def log_beta(center: Floats, rate: Floats) -> float:
            return float((center * np.log(rate) + (1 - center) * np.log1p(-rate)).sum())

        repeated = self.tables.shape[2] if self.one_piece else 1
        tables = self.strength * log_beta(self.center, self.tables) / max(1, repeated)
        profiles = PROFILE_STRENGTH * np.log(self.shares).sum()
        return tables + float(profiles) + RATE_STRENGTH * log_beta(base, self.rates)

    def criterion(self) -> float:
        """Compute the likelihood less the price of the profiles' parameters (half a BIC)."""
        profiles, labels = self.rates.shape
        free = profiles * labels + profiles - 1
        return float(self.likelihood - free / 2 * np.log(max(1, self.answered)))
