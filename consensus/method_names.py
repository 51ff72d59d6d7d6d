"""The names of the methods, for those who only need to know what there is to choose from."""

from __future__ import annotations

CROWD_KIT = {
    "crowd-kit:dawid-skene": "DawidSkene",
    "crowd-kit:glad": "GLAD",
    "crowd-kit:mace": "MACE",
    "crowd-kit:one-coin": "OneCoinDawidSkene",
    "crowd-kit:wawa": "Wawa",
    "crowd-kit:zero-based-skill": "ZeroBasedSkill",
}
METHOD_NAMES = ("dawid-skene", "majority", *CROWD_KIT)
