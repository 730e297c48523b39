r"""Where along an axis of priors the verdict on one conclusion changes, beyond Monte-Carlo error.

Goes in: support at places of one direction of an axis, the nearest first, with its Monte-Carlo
standard error. A support counts as on one side of the threshold if it is at least two standard
errors away from it, the larger of its own standard error and that which it would have at the
threshold. The verdict changes where the model, fitted anew there, has a support that counts as on
the other side and is as far from the stated one. What lies between the last place with the stated
verdict and the first of those up to that fit at which all have the other is where it changes: the
probit of the support is interpolated, and so is that of the support less and plus two standard
errors, whose crossings bound the range. They hold whether errors at both ends are alike or not.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.special import ndtri

from bayes_alliance.studies.conclusions import SUPPORTED

# Monte-Carlo standard errors beyond which a support is not on a side by chance; judgement, the
# usual two: a support at the threshold is as far on a given side in one of 40 fits.
TOLD_APART = 2.0
NEIGHBOURS = 1.0  # places, between two supports that count as on different sides
# Places beside a support that may be on either side: further fits would be as unsure. Judgement.
UNSURE = 4.0
MOST = 1e-4  # a support as near to 0 or 1 as this has no other probit


@dataclass(frozen=True, kw_only=True)
class Point:
    """Support at one place of an axis, by a fit whose own place is another or this one."""

    place: float
    own: float
    k: float
    support: float
    error: float

    @property
    def fitted(self) -> bool:
        """Whether the model was fitted at this very place."""
        return self.own == self.place

    @property
    def holds(self) -> bool:
        """Whether the conclusion is supported, Monte-Carlo error aside."""
        return self.support > SUPPORTED

    @property
    def relative(self) -> float:
        """Monte-Carlo standard error, relative to that of one independent draw."""
        spread = self.support * (1.0 - self.support)
        return self.error / float(np.sqrt(spread)) if spread > 0.0 else 0.0

    @property
    def unsure(self) -> float:
        """Standard error by which it is judged: near 1 few draws say that a support is exact."""
        at_threshold = self.relative * float(np.sqrt(SUPPORTED * (1.0 - SUPPORTED)))
        return max(self.error, at_threshold)

    @property
    def away(self) -> float:
        """How far it is above the threshold, in standard errors."""
        gap = self.support - SUPPORTED
        return gap / self.unsure if self.unsure > 0.0 else float(np.copysign(np.inf, gap))

    @property
    def close(self) -> bool:
        """Whether Monte-Carlo error hides on which side it lies."""
        return abs(self.away) < TOLD_APART

    def opposes(self, other: "Point") -> bool:
        """Whether it counts as on the side where another is not, and as another support."""
        apart = TOLD_APART * float(np.hypot(self.unsure, other.unsure))
        differs = abs(self.support - other.support) >= apart
        return self.holds != other.holds and not self.close and differs

    def probit(self, errors: float) -> float:
        """Probit of the support and so many standard errors, less that of the threshold."""
        moved = np.clip(self.support + errors * self.unsure, MOST, 1.0 - MOST)
        return float(ndtri(moved) - ndtri(SUPPORTED))


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """Where the verdict changes.

    Parameters
    ----------
    before : Point
        The last that has the stated verdict.
    between : tuple of Point
        On which side they are is not known.
    other : Point
        From which on the verdict is the other one, as a fit here or further confirms.
    """

    before: Point
    between: tuple[Point, ...]
    other: Point

    @property
    def fitted(self) -> bool:
        """Whether the model was fitted at both ends."""
        return self.before.fitted and self.other.fitted

    @property
    def middle(self) -> float | None:
        """Where another fit would say most; None if no fit would say more."""
        width, middle = 0.0, None
        for one, two in self._gaps():
            gap = abs(two.place - one.place)
            most = UNSURE if one.close or two.close else NEIGHBOURS
            if gap > max(most, width):
                width, middle = gap, float(round((one.place + two.place) / 2))
        return middle

    @property
    def place(self) -> float:
        """Where support is at the threshold; of several places the middle one."""
        places = list(self._crossed(0.0))
        return places[len(places) // 2]

    @property
    def ends(self) -> tuple[float, float]:
        """Between which places support is not told from the threshold, the nearest first."""
        towards = -1.0 if self.before.holds else 1.0
        first = next(self._crossed(towards * TOLD_APART, wide=0))
        *_, last = self._crossed(-towards * TOLD_APART, wide=1)
        return first, last

    def _gaps(self) -> Iterator[tuple[Point, Point]]:
        return pairwise((self.before, *self.between, self.other))

    def _crossed(self, errors: float, *, wide: int | None = None) -> Iterator[float]:
        """Where the line through supports, moved by standard errors, changes its side.

        `wide` is the end of a gap that counts where a line across it says little.
        """
        sign = 1.0 if self.before.holds else -1.0
        stays = sign * self.before.probit(errors) > 0.0
        if not stays:  # the stated support itself is not told from the threshold
            yield self.before.place
        for one, two in self._gaps():
            start, stop = sign * one.probit(errors), sign * two.probit(errors)
            if (stop > 0.0) == stays:
                continue
            stays = not stays
            if wide is not None and abs(two.place - one.place) > UNSURE:
                yield (one, two)[wide].place
            else:
                yield one.place + start / (start - stop) * (two.place - one.place)


def exact(points: Sequence[Point]) -> list[Point]:
    """Points of one direction, the nearest first, at each place a fit's own or the most exact."""
    best: dict[float, Point] = {}
    for point in points:
        known = best.get(point.place)
        if known is None or _order(point) < _order(known):
            best[point.place] = point
    return [best[place] for place in sorted(best, key=abs)]


def _order(point: Point) -> tuple[bool, float, float]:
    return not point.fitted, point.relative, point.k


def crossing(points: Sequence[Point]) -> Crossing | None:
    """Where the verdict changes, if a fit confirms that it does.

    Parameters
    ----------
    points : sequence of Point
        As from `exact`; the first is the stated one.
    """
    stated = points[0]
    opposing = [point.opposes(stated) for point in points]
    sure = [place for place, point in enumerate(points) if point.fitted and opposing[place]]
    if not sure:
        return None
    end = sure[0]
    before = max(
        (i for i in range(end) if points[i].holds == stated.holds and not points[i].close),
        default=0,
    )
    first = end
    while opposing[first - 1] and first - 1 > before:
        first -= 1
    return Crossing(
        before=points[before], between=tuple(points[before + 1 : first]), other=points[first]
    )


def next_fit(points: Sequence[Point], end: int) -> float | None:
    """Where a fit would say most about where the verdict changes; None if none is needed.

    Parameters
    ----------
    points : sequence of Point
        As from `exact`.
    end : int
        The last place of the axis; 0 if there are no others.
    """
    if not end:
        return None
    found = crossing(points)
    if found is not None:
        return found.middle
    # Weights say that the verdict changes, most clearly there, and no fit says so.
    opposing = [point for point in points if point.opposes(points[0])]
    if opposing:
        return float(max(opposing, key=lambda point: abs(point.away)).place)
    return None if abs(points[-1].place) >= abs(end) else float(end)
