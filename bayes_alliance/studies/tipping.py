"""The prior at which a conclusion would fall: how much narrower or wider, or moved how far.

Along each axis of a block's priors (`prior_axes`) support is known near the fits at hand. Where
importance weights alone say that the verdict changes, the model is fitted there; where nothing says
so, at the end of the axis. The gap in which the verdict changes (`crossing`) is halved by refits,
on the logarithm of the factor, until it is a quarter of an octave, or an octave beside a support
that Monte-Carlo error hides. A prior that is flat cannot be made wider.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayes_alliance.specification import ModelSpec
from bayes_alliance.studies.crossing import Crossing, Point, crossing, exact, next_fit
from bayes_alliance.studies.prior_axes import Axis, Json, axes

FLAT = "flat: cannot be widened"
OPEN = "not looked at further"
HIDDEN = "Monte-Carlo error hides whether it changes"
COLUMNS = [
    *("conclusion", "block", "factor", "way", "shift", "lower", "upper"),
    *("change", "how", "looked_at", "pareto_k"),
]


def nothing_changes() -> pd.DataFrame:
    """The table of a search for nothing."""
    return pd.DataFrame(columns=COLUMNS)


@dataclass(frozen=True, kw_only=True, eq=False)
class Search:
    """What is known along the axes of a model's priors.

    Parameters
    ----------
    stated : ModelSpec
    conclusions : tuple of str
        Their names.
    points : list of dict
        As from `points`, of all fits.
    flat : tuple of str
        Blocks whose priors cannot be made wider.
    failed : frozenset of str
        Keys of refits that failed.
    """

    stated: ModelSpec
    conclusions: tuple[str, ...]
    points: list[Json]
    flat: tuple[str, ...]
    failed: frozenset[str] = frozenset()

    def wanted(self) -> dict[str, tuple[Axis, float]]:
        """Refits that are needed next, by key: where on which axis."""
        asked = {}
        for name, axis, sign, end in self._sides():
            place = next_fit(self._side(name, axis, sign), end)
            if place is not None and axis.key(place) not in self.failed:
                asked[axis.key(place)] = (axis, place)
        return asked

    def table(self) -> pd.DataFrame:
        """Where conclusions change, a row per conclusion and direction of an axis.

        Returns
        -------
        DataFrame
            What ``tipping.csv`` holds: ``conclusion``, ``block``, ``factor`` (the width at which
            the verdict changes; NaN: nowhere, or a shift), ``way`` (narrower, wider, lower,
            higher), ``shift`` (standard deviations), the range ``lower`` to ``upper`` that
            Monte-Carlo error leaves, ``change`` (``falls``, ``begins`` or nothing), ``how`` it is
            known (``refit``: the model was fitted at both ends of the gap in which the verdict
            changes, or at the last prior that was looked at; ``reweighted``: support at an end
            is read by importance weights; or why it is not known), how far was ``looked_at``, and
            the ``pareto_k`` of the weights.
        """
        rows = [self._row(*side) for side in self._sides()]
        return pd.DataFrame(rows, columns=COLUMNS)

    def _sides(self) -> Iterator[tuple[str, Axis, int, int]]:
        for name in self.conclusions:
            for axis in axes(self.stated):
                for sign in (-1, 1):
                    stays = sign > 0 and axis.move == "width" and axis.block in self.flat
                    yield name, axis, sign, 0 if stays else axis.reach(self.stated, sign)

    def _side(self, name: str, axis: Axis, sign: int) -> list[Point]:
        """Points in one direction, the nearest first."""
        return exact(
            [
                Point(
                    place=one["place"],
                    own=one["own"],
                    k=-np.inf if one["k"] is None else one["k"],
                    support=one["support"][name],
                    error=one["error"][name],
                )
                for one in self.points
                if (one["block"], one["move"]) == (axis.block, axis.move)
                and sign * one["place"] >= 0.0
                and name in one["support"]
            ]
        )

    def _row(self, name: str, axis: Axis, sign: int, end: int) -> Json:
        points = self._side(name, axis, sign)
        row: Json = {"conclusion": name, "block": axis.block, "way": axis.way(sign), "change": ""}
        found = crossing(points) if end else None
        if found is not None:
            return row | _changing(found, axis)
        last = points[-1] if end else points[0]
        how = "refit" if last.fitted else "reweighted"
        if not end:
            how = FLAT
        elif next_fit(points, end) is not None:
            how = OPEN
        elif any(p.close and (p.fitted or p.holds != points[0].holds) for p in points):
            how = HIDDEN
        return row | {"looked_at": axis.value(last.place), "how": how, "pareto_k": _k(last)}


def _changing(found: Crossing, axis: Axis) -> Json:
    lower, upper = sorted(found.ends)
    return {
        "change": "falls" if found.before.holds else "begins",
        "factor" if axis.move == "width" else "shift": axis.value(found.place),
        "lower": axis.value(lower),
        "upper": axis.value(upper),
        "looked_at": axis.value(found.other.place),
        "how": "refit" if found.fitted else "reweighted",
        "pareto_k": _k(found.before, found.other),
    }


def _k(*points: Point) -> float:
    highest = max(point.k for point in points)
    return highest if highest > -np.inf else float("nan")
