"""The names of the methods, for those who only need to know what there is to choose from."""

from __future__ import annotations

#: Our own methods: the module and the class of each, below `consensus.methods`.
OWN = {
    "auto": "auto.Auto",
    "dawid-skene": "dawid_skene.DawidSkene",
    "ebcc": "ebcc.EBCC",
    "glad": "glad.GLAD",
    "ibcc": "ibcc.IBCC",
    "mace": "mace.MACE",
    "majority": "majority.MajorityVote",
    "one-coin": "one_coin.OneCoin",
    "typed-dawid-skene": "typed.TypedDawidSkene",
    "wawa": "wawa.Wawa",
    "zero-based-skill": "zero_based_skill.ZeroBasedSkill",
}
CROWD_KIT = {
    "crowd-kit:dawid-skene": "DawidSkene",
    "crowd-kit:glad": "GLAD",
    "crowd-kit:gold-majority": "GoldMajorityVote",
    "crowd-kit:kos": "KOS",
    "crowd-kit:mace": "MACE",
    "crowd-kit:majority": "MajorityVote",
    "crowd-kit:mmsr": "MMSR",
    "crowd-kit:one-coin": "OneCoinDawidSkene",
    "crowd-kit:wawa": "Wawa",
    "crowd-kit:zero-based-skill": "ZeroBasedSkill",
}
#: Those that take the order of the labels for a scale: others give the same in any order.
ORDERED = {"ordinal-dawid-skene": "ordinal.OrdinalDawidSkene"}
METHOD_NAMES = (*OWN, *CROWD_KIT)

#: Those that any project can use: the others need two labels, gold, or much memory.
FOR_PROJECTS = tuple(
    name
    for name in METHOD_NAMES
    if name not in {"crowd-kit:gold-majority", "crowd-kit:kos", "crowd-kit:mmsr"}
)
