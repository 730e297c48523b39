"""What shifts of ratings after leaving do to conclusions of a fit, as tables.

Average changes and effects of covariates have tipping points; a difference with two sides, arms of
a trial or informants, is looked at under a shift for each of them.
"""

from itertools import combinations, product
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.estimands import leaving
from bayes_alliance.estimands.leaving.differences import acts_alone_on_change, is_binary
from bayes_alliance.posterior.fit import Fit

type Direction = Literal["rises", "falls"]

DIRECTIONS: tuple[Direction, ...] = ("rises", "falls")
# A direction counts as a conclusion from this posterior probability on.
SAID = 0.95
# Which ratings are shifted, and whether by the same or by more with every occasion since leaving.
SHIFTS: tuple[tuple[Literal["left", "missing"], bool], ...] = (
    ("left", False),
    ("left", True),
    ("missing", False),
)
GRID, GRID_OF_TWO = 61, 25


def tipping_points(fitted: Fit) -> pd.DataFrame:
    """Shifts at which the direction of each average change is no longer a conclusion."""
    supported = {
        direction: leaving.support(fitted, conclusion=direction, mean=0.0, sd=0.0)
        for direction in DIRECTIONS
    }
    name = _change_name(fitted)
    rows = []
    for (cells, growing), direction in product(SHIFTS, DIRECTIONS):
        at = leaving.tipping_point(
            fitted, conclusion=direction, prob=SAID, growing=growing, cells=cells
        )
        rows += [
            {
                "informant": informant,
                "direction": direction,
                "conclusion": f"{name}[{informant}] {'>' if direction == 'rises' else '<'} 0",
                "cells": cells,
                "shift": "growing" if growing else "constant",
                "support": float(supported[direction].sel(informant=informant)),
                "tipping_point": float(at.sel(informant=informant)),
            }
            for informant in fitted.design.informants
        ]
    return pd.DataFrame(rows)


def shifted_changes(fitted: Fit) -> pd.DataFrame:
    """Average changes over a grid of shifts, with intervals."""
    plain = leaving.shifted(fitted, by=0.0)
    # A shift moves the change in proportion.
    per_point = plain - leaving.shifted(fitted, by=1.0)
    at = [leaving.tipping_point(fitted, conclusion=one, prob=SAID) for one in DIRECTIONS]
    rows = []
    for informant in fitted.design.informants:
        reach = _reach(fitted, informant, [float(one.sel(informant=informant)) for one in at])
        own, moved = plain.sel(informant=informant), per_point.sel(informant=informant)
        for shift in np.linspace(-reach, reach, GRID):
            draws = own - shift * moved
            rows.append(
                summary_of(draws)
                | {"informant": informant, "shift": shift, "falls": float((draws < 0).mean())}
            )
    return pd.DataFrame(rows).set_index(["informant", "shift"])


def effect_tipping_points(fitted: Fit) -> pd.DataFrame:
    """Shifts at which the direction of each effect on change is no longer a conclusion."""
    columns = ["covariate", "informant", "conclusion", "cells", "shift", "support", "tipping_point"]
    rows, name = [], f"{_change_name(fitted)}_on"
    for covariate in _acting(fitted):
        none = leaving.two_shifts(fitted, shifts=[0.0], covariate=covariate)
        for (cells, growing), sign in product(SHIFTS, "><"):
            at = leaving.effect_tipping_point(
                fitted,
                covariate=covariate,
                conclusion="positive" if sign == ">" else "negative",
                prob=SAID,
                growing=growing,
                cells=cells,
            ).sel(arm="both")
            for informant in fitted.design.informants:
                positive = float(none.sel(informant=informant).squeeze())
                rows.append(
                    {
                        "covariate": covariate,
                        "informant": informant,
                        "conclusion": f"{name}[{covariate},{informant}] {sign} 0",
                        "cells": cells,
                        "shift": "growing" if growing else "constant",
                        "support": positive if sign == ">" else 1.0 - positive,
                        "tipping_point": float(at.sel(informant=informant)),
                    }
                )
    return pd.DataFrame(rows, columns=columns)


def two_sides(fitted: Fit) -> pd.DataFrame:
    """Support of a difference in change over a grid of two shifts; empty without two sides."""
    informants = fitted.design.informants
    columns = ["of", "first", "second", "shift", "shift_", "support"]
    rows: list[pd.DataFrame] = []
    acting = _acting(fitted)
    if acting:
        grid = _grid(fitted, informants)
        support = leaving.two_shifts(fitted, shifts=grid, covariate=acting[0])
        sides = f"{acting[0]} 1", f"{acting[0]} 0"
        rows += [_long(support.sel(informant=k), k, *sides) for k in informants]
    elif len(informants) > 1:
        first, second = _most_apart(fitted)
        grid = _grid(fitted, (first, second))
        support = leaving.two_shifts(fitted, shifts=grid, informants=(first, second))
        rows.append(_long(support, f"{first} less {second}", first, second))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=columns)


def _acting(fitted: Fit) -> list[str]:
    """Binary covariates whose effect on change is one number."""
    return [
        name
        for name in fitted.design.covariates
        if is_binary(fitted, name) and not acts_alone_on_change(fitted, name)
    ]


def _most_apart(fitted: Fit) -> tuple[str, str]:
    change = leaving.shifted(fitted, by=0.0)

    def clarity(pair: tuple[str, str]) -> float:
        apart = change.sel(informant=pair[0]) - change.sel(informant=pair[1])
        # Standardised, as many pairs may be as clear as draws can show.
        return abs(float(apart.mean() / apart.std()))

    return max(combinations(fitted.design.informants, 2), key=clarity)


def _long(support: xr.DataArray, of: str, first: str, second: str) -> pd.DataFrame:
    rows = support.to_series().rename("support").reset_index()
    rows = rows[["shift", "shift_", "support"]]
    return rows.assign(of=of, first=first, second=second)[
        ["of", "first", "second", "shift", "shift_", "support"]
    ]


def _grid(fitted: Fit, informants: tuple[str, ...]) -> list[float]:
    reach = max(_reach(fitted, one, []) for one in informants)
    return np.linspace(-reach, reach, GRID_OF_TWO).tolist()


def _reach(fitted: Fit, informant: str, points: list[float]) -> float:
    """How far shifts are looked at: a tenth of the scale, or as far as they change anything."""
    spread = fitted.ratings.scales[informant].spread
    # Tipping points that are not there are NaN, which `fmax` passes over.
    found = [1.3 * abs(point) for point in points]
    return float(min(np.fmax.reduce([0.2 * spread, *found]), 2.0 * spread))


def _change_name(fitted: Fit) -> str:
    """The growth coefficient that is the change, where one is."""
    return "slope" if fitted.design.coefficients == ("level", "slope") else "change"


def summary_of(draws: xr.DataArray) -> dict[str, float]:
    """Median and 95% interval."""
    lower, median, upper = np.quantile(draws.values, [0.025, 0.5, 0.975])
    return {"median": float(median), "lower": float(lower), "upper": float(upper)}
