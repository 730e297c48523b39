"""What a study says, stated so that it can be checked again under other priors.

A `Conclusion` names a quantity, or the difference of two, and what is said of it: that it lies
above or below a number, between two, or above another quantity. Its support is the posterior
probability that this is so.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.scalars import Scalar, quantities
from bayes_alliance.results import reported
from bayes_alliance.results.record import Result

# Support above this counts as a conclusion; judgement, the usual two-sided 95%.
SUPPORTED = 0.975


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """A statement about quantities of a fit.

    Parameters
    ----------
    name : str
        As it would stand in the paper: "children see more alliance than their therapists".
    quantity : str
        As in ``summary.csv``: ``"level[child]"``; or an estimand of ``estimands.csv`` with what it
        is of: ``"agreement.correlation[total,time=16,child;caregiver]"``.
    above, below : float, optional
        The quantity is larger, smaller than this number. Both: it lies between them.
    above_quantity : str, optional
        The quantity is larger than this other one.
    less : str, optional
        A quantity that is taken off first: the statement is on the difference.
    """

    name: str
    quantity: str
    above: float | None = None
    below: float | None = None
    above_quantity: str | None = None
    less: str | None = None

    def __post_init__(self) -> None:
        stated = (self.above, self.below, self.above_quantity)
        if all(part is None for part in stated):
            message = "say above=, below= or above_quantity="
            raise InputError([Problem(where=self.name, message=message)], "conclusion")
        for bound in (self.above, self.below):
            if bound is not None and not math.isfinite(bound):
                message = "nothing lies above or below what is infinite or no number"
                raise InputError(
                    [Problem(where=self.name, value=bound, message=message)], "conclusion"
                )

    @classmethod
    @checked_arguments
    def parse(cls, text: str) -> "Conclusion":
        """Read a conclusion from text.

        Parameters
        ----------
        text : str
            ``"slope[child] > 0"``, ``"child_cor[child,level;caregiver,level] < 0.5"``,
            ``"level[caregiver] > level[child]"``, ``"slope[child] in (-0.5, 0.5)"``,
            ``"level[caregiver] - level[child] > 2"``. Labels may hold any of these signs, if their
            brackets come in pairs.

        Raises
        ------
        InputError
            If it is not of this form.
        """
        left, sign, right = _parted(text, (" in ", ">", "<"))
        first, minus, less = _parted(left, (" - ",))
        bounds = _bounds(sign.strip(), right.removeprefix("=").strip())
        if not first or bool(minus) != bool(less) or bounds is None:
            raise _unread(text)
        if isinstance(bounds, tuple):
            above, below = bounds
            return cls(name=text, quantity=first, less=less or None, above=above, below=below)
        if less or _parted(bounds, (" - ",))[1]:
            raise _unread(text)
        # a < b is b > a.
        low, high = (bounds, first) if sign == ">" else (first, bounds)
        return cls(name=text, quantity=high, above_quantity=low)

    @property
    def quantities(self) -> tuple[str, ...]:
        """What it is about, as ``summary.csv`` and ``estimands.csv`` name it."""
        named = (self.quantity, self.less, self.above_quantity)
        return tuple(name for name in named if name is not None)


def parsed(texts: Iterable[str]) -> tuple[tuple[Conclusion, ...], list[Problem]]:
    """Read conclusions from texts.

    Returns
    -------
    conclusions : tuple of Conclusion
        Of those texts that can be read.
    problems : list of Problem
        Of the others.
    """
    conclusions: list[Conclusion] = []
    problems: list[Problem] = []
    for text in texts:
        try:
            conclusions.append(Conclusion.parse(text))
        except InputError as error:
            problems += error.problems
    return tuple(conclusions), problems


def _parted(text: str, signs: Sequence[str]) -> tuple[str, str, str]:
    """What stands before, at and after the first of some signs that stands in no brackets."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        for sign in signs if depth == 0 else ():
            if text.startswith(sign, place):
                return text[:place].strip(), sign, text[place + len(sign) :].strip()
    return text.strip(), "", ""


def _bounds(sign: str, text: str) -> tuple[float | None, float | None] | str | None:
    """Bounds that a statement compares with, or the quantity; None if there is neither."""
    try:
        if sign != "in":
            bound = float(text)
            return (bound, None) if sign == ">" else (None, bound)
        if text[:1] not in ("(", "[") or text[-1:] not in (")", "]"):
            return None
        above, below = (float(bound) for bound in text[1:-1].split(","))
        return (above, below) if above < below else None
    except ValueError:
        return text if sign in ("<", ">") and text else None


def _unread(text: str) -> InputError:
    message = (
        "must read QUANTITY > NUMBER, QUANTITY < NUMBER, QUANTITY in (NUMBER, NUMBER) or QUANTITY "
        "> QUANTITY; QUANTITY - QUANTITY may stand before a number"
    )
    return InputError([Problem(where=text, message=message)], "conclusion")


def supports(fit: Fit, conclusions: Sequence[Conclusion]) -> dict[str, float]:
    """Posterior probability of every conclusion.

    Returns
    -------
    dict
        Name to probability.

    Raises
    ------
    InputError
        Quantities the fit does not have, all of them.
    """
    known = drawn(fit, conclusions)
    return {one.name: float(holds(one, known).mean()) for one in conclusions}


def drawn(fit: Fit, conclusions: Sequence[Conclusion]) -> dict[str, xr.DataArray]:
    """Draws of the quantities that conclusions are about, among others, by name.

    Raises
    ------
    InputError
        As `supports`.
    """
    known = among(fit, {name for one in conclusions for name in one.quantities})
    if problems := unknown(known, conclusions):
        raise InputError(problems, "conclusions")
    return known


def among(fit: Fit, asked: Set[str]) -> dict[str, xr.DataArray]:
    """Draws of the quantities and estimands of a fit, until all that are asked for are there."""
    known: dict[str, xr.DataArray] = {}
    every: Iterator[Scalar | Result] = chain(
        quantities(fit.moments, fit.design), reported.estimands(fit)
    )
    for one in every:
        known[one.name] = one.draws
        # Each is computed when its turn comes; estimands, the last, take longer than quantities.
        if asked <= known.keys():
            break
    return known


def unknown(known: Collection[str], conclusions: Iterable[Conclusion]) -> list[Problem]:
    """Quantities that conclusions are about and that are not known, with the nearest."""
    return [
        Problem(
            where=conclusion.name, value=name, message=f"no such quantity.{nearest(name, known)}"
        )
        for conclusion in conclusions
        for name in conclusion.quantities
        if name not in known
    ]


def holds(conclusion: Conclusion, known: Mapping[str, xr.DataArray]) -> NDArray[np.bool_]:
    """In which draws a conclusion holds, shape (n_chains, n_draws).

    Parameters
    ----------
    known : mapping
        As from `drawn`.
    """
    draws = known[conclusion.quantity].transpose("chain", "draw").values
    if conclusion.less is not None:
        draws = draws - known[conclusion.less].transpose("chain", "draw").values
    # True but where a draw is not a number, which supports nothing.
    true = draws == draws
    if conclusion.above is not None:
        true &= draws > conclusion.above
    if conclusion.below is not None:
        true &= draws < conclusion.below
    if conclusion.above_quantity is not None:
        true &= draws > known[conclusion.above_quantity].transpose("chain", "draw").values
    return np.asarray(true)
