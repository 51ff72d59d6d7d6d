"""How far annotators agree beyond chance: as a crowd, by class, by annotator and over time."""

from consensus.agreement.annotators import Agreements, against_the_rest, between_pairs
from consensus.agreement.by_distance import alpha_by_distance, kappa_by_distance, share_alike
from consensus.agreement.coefficients import (
    cohen_kappa,
    coincidences,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    percent_agreement,
)
from consensus.agreement.groups import between_groups
from consensus.agreement.resampling import Agreement
from consensus.agreement.slices import against_rest, by_class, over_time
from consensus.agreement.windows import fitting_window

__all__ = [
    "Agreement",
    "Agreements",
    "against_rest",
    "against_the_rest",
    "alpha_by_distance",
    "between_groups",
    "between_pairs",
    "by_class",
    "cohen_kappa",
    "coincidences",
    "fitting_window",
    "fleiss_kappa",
    "gwet_ac1",
    "kappa_by_distance",
    "krippendorff_alpha",
    "over_time",
    "percent_agreement",
    "share_alike",
]
