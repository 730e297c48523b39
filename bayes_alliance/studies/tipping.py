r"""The prior at which a conclusion would fall: how much narrower or wider, or moved how far.

Along each axis of a block's priors (`prior_axes`) support is known near the fits at hand. The gap
between the last prior under which the verdict is that of the stated one and the first under which
it is not is halved by refits, on the logarithm of the factor, until it is a quarter of an octave or
both supports are within two Monte-Carlo standard errors of the threshold. In it the probit of the
support is interpolated. The range in which support cannot be told from the threshold is

.. math:: x \pm 2\, \mathrm{se} / |\mathrm{d}\,\mathrm{support} / \mathrm{d} x| .

A prior that is flat cannot be made wider.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtri

from bayes_alliance.specification import ModelSpec
from bayes_alliance.studies.conclusions import SUPPORTED
from bayes_alliance.studies.prior_axes import Axis, Json, axes

TOLD_APART = 2.0  # Monte-Carlo standard errors
FLAT = "flat: cannot be widened"
OPEN = "not looked at further"
COLUMNS = [
    *("conclusion", "block", "factor", "way", "shift", "lower", "upper"),
    *("change", "how", "looked_at", "pareto_k"),
]


def nothing_changes() -> pd.DataFrame:
    """The table of a search for nothing."""
    return pd.DataFrame(columns=COLUMNS)


@dataclass(frozen=True, kw_only=True)
class _Point:
    place: float
    own: float
    k: float
    support: float
    error: float

    @property
    def holds(self) -> bool:
        return self.support > SUPPORTED

    @property
    def close(self) -> bool:
        """Whether Monte-Carlo error hides on which side it lies."""
        return abs(self.support - SUPPORTED) <= TOLD_APART * self.error


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
            place = self._between(name, axis, sign, end)[2]
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
            known, how far was ``looked_at``, and the ``pareto_k`` of the weights.
        """
        rows = [self._row(*side) for side in self._sides()]
        return pd.DataFrame(rows, columns=COLUMNS)

    def _sides(self) -> Iterator[tuple[str, Axis, int, int]]:
        for name in self.conclusions:
            for axis in axes(self.stated):
                for sign in (-1, 1):
                    stays = sign > 0 and axis.move == "width" and axis.block in self.flat
                    yield name, axis, sign, 0 if stays else axis.reach(self.stated, sign)

    def _between(
        self, name: str, axis: Axis, sign: int, end: int
    ) -> tuple[_Point, _Point | None, float | None]:
        """The last point as stated, the first that is other, and where to fit again."""
        before, *rest = self._side(name, axis, sign)
        stated = before
        for point in rest if end else ():
            if point.holds == stated.holds:
                before = point
                continue
            gap = abs(point.place - before.place)
            if gap <= 1.0 or (point.close and before.close):
                return before, point, None
            return before, point, float(round((point.place + before.place) / 2))
        return before, None, None if sign * before.place >= sign * end else float(end)

    def _side(self, name: str, axis: Axis, sign: int) -> list[_Point]:
        """Points in one direction, the nearest first, at each place the most exact."""
        best: dict[float, _Point] = {}
        for one in self.points:
            if (one["block"], one["move"]) != (axis.block, axis.move) or sign * one["place"] < 0:
                continue
            point = _Point(
                place=one["place"],
                own=one["own"],
                k=-np.inf if one["k"] is None else one["k"],
                support=one["support"][name],
                error=one["error"][name],
            )
            if point.place not in best or point.k < best[point.place].k:
                best[point.place] = point
        return [best[place] for place in sorted(best, key=abs)]

    def _row(self, name: str, axis: Axis, sign: int, end: int) -> Json:
        before, other, place = self._between(name, axis, sign, end)
        row: Json = {"conclusion": name, "block": axis.block, "way": axis.way(sign), "change": ""}
        ks = [point.k for point in (before, other) if point is not None]
        row |= {
            "looked_at": axis.value((other or before).place),
            "how": FLAT if not end else "refit" if any(_refitted(before, other)) else "reweighted",
            "pareto_k": max(ks) if max(ks) > -np.inf else float("nan"),
        }
        if place is not None:
            return row | {"how": OPEN}
        if other is None:
            return row
        at, half = _crossing(before, other)
        low, high = (float(np.clip(at + s * half, -abs(end), abs(end))) for s in (-1, 1))
        value = "factor" if axis.move == "width" else "shift"
        return row | {
            "change": "falls" if before.holds else "begins",
            value: axis.value(at),
            "lower": axis.value(low),
            "upper": axis.value(high),
        }


def _refitted(*ends: _Point | None) -> list[bool]:
    return [point.own != 0.0 for point in ends if point is not None]


def _crossing(before: _Point, other: _Point) -> tuple[float, float]:
    """Where between two points support is at the threshold, and how far that may be off."""
    most = 1e-4
    ends = [ndtri(np.clip(point.support, most, 1.0 - most)) for point in (before, other)]
    threshold = float(ndtri(SUPPORTED))
    slope = (ends[1] - ends[0]) / (other.place - before.place)
    at = before.place + (threshold - ends[0]) / slope
    density = np.exp(-(threshold**2) / 2.0) / np.sqrt(2.0 * np.pi)
    error = max(before.error, other.error) / density
    return float(at), float(TOLD_APART * error / abs(slope))
