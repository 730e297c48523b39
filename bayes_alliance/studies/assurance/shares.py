"""Shares of simulated studies: that reach a conclusion, that err, that methods judge alike.

Shares have Jeffreys intervals, quantiles of Beta(k + 1/2, n - k + 1/2) (Brown, Cai and DasGupta
2001, Statistical Science 16, 101); differences between two methods on the same studies have those
of Agresti and Min (2005, Statistics in Medicine 24, 729), with half a study added to each cell.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from bayes_alliance.studies.assurance.plan import Plan
from bayes_alliance.studies.assurance.size import SIZE, varying
from bayes_alliance.studies.assurance.tables import Costs
from bayes_alliance.studies.conclusions import SUPPORTED

KEYS = [*SIZE, "conclusion"]
TAIL, NORMAL = 0.025, 1.959964
STUDY = [
    *(*KEYS, "number", "compared", "ratings", "approximate", "true", "reached", "support"),
    *("width", "covered", "reached_without", "covered_without"),
]


def interval(reached: int, n: int) -> tuple[float, float]:
    """Jeffreys interval of a share, 95%; it ends at 0 or 1 where no study, or every one, does."""
    low = float(betaincinv(reached + 0.5, n - reached + 0.5, TAIL)) if reached else 0.0
    high = float(betaincinv(reached + 0.5, n - reached + 0.5, 1 - TAIL)) if reached < n else 1.0
    return low, high


def by_study(plan: Plan, results: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """A row per simulated study and conclusion, wanted widths among them."""
    rows = []
    for result in results:
        fitted, naive = result["fitted"], result.get("without_therapists")
        for name in (*plan.conclusions, *plan.widths):
            of_width = name in plan.widths
            row = {
                **result["size"],
                "conclusion": width_words(name, plan.widths[name]) if of_width else name,
                "number": result["number"],
                "compared": result["compared"],
                "ratings": result["ratings"],
                "approximate": fitted["method"] == "approximate",
                "true": None if of_width else result["true"][name],
                "support": None if of_width else fitted["support"][name],
                "width": _width(fitted, name),
            }
            for part, suffix in ((fitted, ""), (naive, "_without")):
                if part is None:
                    continue
                row["reached" + suffix] = (
                    _width(part, name) < plan.widths[name]
                    if of_width
                    else part["support"][name] > SUPPORTED
                )
                low, high = part["interval"][name]
                row["covered" + suffix] = low <= result["value"][name] <= high
            rows.append(row)
    of_sizes = [name for size in plan.sizes[:1] for name in size.named if name not in KEYS]
    return pd.DataFrame(rows, columns=[*STUDY, *of_sizes]).astype({"compared": bool})


def keys(table: pd.DataFrame) -> list[str]:
    """Columns that tell designs and conclusions apart."""
    return [*KEYS, *varying(table.columns)]


def _circumstances_last(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """A table of rows; columns that only some tables have stand behind those that all have."""
    table = pd.DataFrame(rows)
    last = varying(table.columns)
    return table[[*table.columns.difference(last, sort=False), *last]]


def width_words(quantity: str, width: float) -> str:
    """What a wanted width is called beside conclusions."""
    return f"95% interval of {quantity} narrower than {width:g}"


def _width(fitted: Mapping[str, Any], name: str) -> float:
    low, high = fitted["interval"][name]
    return float(high - low)


def by_design(studies: pd.DataFrame, costs: Costs) -> pd.DataFrame:
    """Assurance of every design and conclusion; columns as in `Assurance`."""
    rows = []
    names = keys(studies)
    for key, own in studies.groupby(names, sort=False):
        size = dict(zip(names, key, strict=True))
        n, reached = len(own), int(own["reached"].sum())
        low, high = interval(reached, n)
        ratings = float(own["ratings"].mean())
        families, therapists = (int(own[name].iloc[0]) for name in ("families", "therapists"))
        rows.append(
            {
                **size,
                "assurance": reached / n,
                "lower": low,
                "upper": high,
                "fits": n,
                "true": _share(own["true"]),
                "false_support": _false(own, "reached"),
                "width": float(own["width"].median()),
                "coverage": _share(own["covered"]),
                "approximate": _share(own["approximate"]),
                "ratings": ratings,
                "cost": costs.of(families=families, therapists=therapists, ratings=ratings),
            }
        )
    return _circumstances_last(rows)


def compared(studies: pd.DataFrame) -> pd.DataFrame:
    """Studies fitted both ways, by design and conclusion; columns as in `Assurance`."""
    names = keys(studies)
    near = studies[~studies["compared"] & studies["approximate"].astype(bool)]
    pairs = near.merge(studies[studies["compared"]], on=[*names, "number"], suffixes=("", "_exact"))
    rows = []
    for key, own in pairs.groupby(names, sort=False):
        here, there = own["reached"].astype(bool), own["reached_exact"].astype(bool)
        only, other = int((here & ~there).sum()), int((there & ~here).sum())
        n = len(own)
        middle = (only - other) / (n + 2.0)
        both = only + other + 1.0
        half = NORMAL * np.sqrt(both - (only - other) ** 2 / (n + 2.0)) / (n + 2.0)
        rows.append(
            {
                **dict(zip(names, key, strict=True)),
                "fits": n,
                "approximate": float(here.mean()),
                "exact": float(there.mean()),
                "other": (only + other) / n,
                "difference": (only - other) / n,
                "lower": max(-1.0, middle - half),
                "upper": min(1.0, middle + half),
                "support": _distance(own["support"], own["support_exact"]),
                "width": float((own["width"] / own["width_exact"]).median()),
            }
        )
    return _circumstances_last(rows)


def ignoring(studies: pd.DataFrame) -> pd.DataFrame:
    """What a model without therapists concludes from the same ratings; as in `Assurance`."""
    if studies["reached_without"].isna().all():
        return pd.DataFrame()
    rows = []
    # A wanted width is neither true nor false.
    names = keys(studies)
    for key, own in studies[studies["true"].notna()].groupby(names, sort=False):
        row: dict[str, Any] = {**dict(zip(names, key, strict=True)), "fits": len(own)}
        for suffix in ("", "_without"):
            row["assurance" + suffix] = _share(own["reached" + suffix])
            row["false_support" + suffix] = _false(own, "reached" + suffix)
            row["coverage" + suffix] = _share(own["covered" + suffix])
        rows.append(row)
    return _circumstances_last(rows)


def _distance(one: pd.Series, other: pd.Series) -> float:
    return float((one.astype(float) - other.astype(float)).abs().mean())


def _share(column: pd.Series) -> float:
    return float(column.astype(float).mean())


def _false(own: pd.DataFrame, reached: str) -> float:
    """Share of studies in which a conclusion is reached that is not true."""
    if own["true"].isna().all():
        return float("nan")
    return float((own[reached].astype(bool) & ~own["true"].astype(bool)).mean())
