"""A reported number: which estimand, of what, and its draws.

The labels are fields, so that whoever words, tabulates or draws a number asks for its informant and
never looks for it in a text. `Result.of` writes the text of csv files, and nothing reads it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np
import xarray as xr

from bayes_alliance.design import Design
from bayes_alliance.numerals import exact

type Needs = Literal["nothing", "shared", "repeated"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Result:
    """An estimand of a fit with its labels; those that it does not have are None.

    Parameters
    ----------
    estimand : str
        Dotted name of its function: ``"variance.shares"``.
    level : str, optional
        Between whom: child, therapist, clinic, total.
    coefficient : str, optional
        A growth coefficient, or what a covariate acts on.
    source : str, optional
        What the function tells apart: a source of variance, a kind of stability or reciprocity, a
        limit.
    informant, informant_ : str, optional
        One, or a pair (a difference is first minus second). Neither: all informants together.
    time, time_ : float, optional
        A time, or a first and a last one, in units of the time column.
    is_bounded : bool
        Whether it cannot exceed 1 in size: a correlation, a share.
    needs : {"nothing", "shared", "repeated"}
        What ratings must hold to tell it: occasions that both informants rated, or children rated
        at several occasions, which tell children's differences from those of occasions.
    draws : DataArray
        Dims (chain, draw).
    """

    estimand: str
    level: str | None = None
    coefficient: str | None = None
    source: str | None = None
    informant: str | None = None
    informant_: str | None = None
    covariate: str | None = None
    time: float | None = None
    time_: float | None = None
    is_bounded: bool = False
    needs: Needs = "nothing"
    draws: xr.DataArray

    @property
    def labels(self) -> tuple[str | float | None, ...]:
        """Everything that tells it from other results, in the order of `LABELS`."""
        return (
            self.estimand,
            self.level,
            self.coefficient,
            self.source,
            self.informant,
            self.informant_,
            self.covariate,
            self.time,
            self.time_,
        )

    @property
    def of(self) -> str:
        """Its labels as csv files write them: ``"child,level,child;caregiver"``."""
        who = "all" if self.informant is None else self.informant
        if self.informant_ is not None:
            who = f"{who};{self.informant_}"
        when = None if self.time is None else f"time={exact(self.time)}"
        if self.time_ is not None:
            when = f"{when};{exact(self.time_)}"
        # The order is that of estimands.csv, which people's scripts read: a share names its
        # informant before the time, all else after it.
        is_share = None not in (self.source, self.informant) and not (self.informant_ or self.time_)
        place = (who, when) if is_share else (when, who)
        parts = (self.level, self.covariate, self.source, self.coefficient, *place)
        return ",".join(part for part in parts if part is not None)

    @property
    def name(self) -> str:
        """Its text in a conclusion: ``"agreement.correlation[child,level,child;caregiver]"``."""
        return f"{self.estimand}[{self.of}]"


LABELS = ("level", "coefficient", "source", "informant", "informant_", "covariate", "time", "time_")


def timed(draws: xr.DataArray, times: Sequence[float]) -> xr.DataArray:
    """Give draws the times at which they are the same, if they do not change over time."""
    return draws if "time" in draws.dims else draws.expand_dims(time=list(times))


def entries(result: Result, *dims: str) -> Iterator[Result]:
    """Go through the entries of a result whose draws have further dims, if they have numbers."""
    if not dims:
        if bool(np.isfinite(result.draws.values).any()):
            yield result
        return
    dim, *inner = dims
    for position, label in enumerate(result.draws[dim].values.tolist()):
        own = {dim if dim in LABELS else "source": label}
        draws = result.draws.isel({dim: position}, drop=True)
        yield from entries(replace(result, draws=draws, **own), *inner)


def identified(design: Design, results: Iterable[Result]) -> Iterator[Result]:
    """Go through those results that the ratings of a design can tell."""
    matrices = {"shared": design.shared_occasions > 0, "repeated": design.repeats}
    for one in results:
        matrix = matrices.get(one.needs)
        if matrix is None or matrix[_among(design, one)].all():
            yield one


def _among(design: Design, result: Result) -> tuple[list[int], list[int]]:
    """Places, in a matrix over informants, that a result rests on."""
    known = design.informants
    own = [name for name in (result.informant, result.informant_) if name is not None]
    places = [known.index(name) for name in own or known]
    chosen = list(combinations(places, 2))
    # A correlation that is free of single occasions needs both of its variances as well.
    if len(places) == 1 or result.needs == "repeated":
        chosen += [(place, place) for place in places]
    rows, columns = zip(*chosen, strict=True)
    return list(rows), list(columns)


def pairs(result: Result) -> Iterator[Result]:
    """Go through each pair of informants once."""
    informants = result.draws["informant"].values.tolist()
    for (i, one), (j, other) in combinations(enumerate(informants), 2):
        draws = result.draws.isel(informant=i, informant_=j, drop=True)
        yield from entries(replace(result, informant=one, informant_=other, draws=draws))
