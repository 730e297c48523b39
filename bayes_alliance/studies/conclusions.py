"""What a study says, stated so that it can be checked again under other priors.

A `Conclusion` names a quantity and what is said of it: that it lies above or below a number, or
above another quantity. Its support is the posterior probability that this is so.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr

from bayes_alliance.errors import InputError, Problem, checked_arguments, nearest
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.results import reported

# Support above this counts as a conclusion; judgement, the usual two-sided 95 %.
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
    """

    name: str
    quantity: str
    above: float | None = None
    below: float | None = None
    above_quantity: str | None = None

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
            ``"level[caregiver] > level[child]"``.

        Raises
        ------
        InputError
            If it is not of this form.
        """
        parts = [part.strip() for part in re.split("([<>])", text, maxsplit=1)]
        if len(parts) != 3 or not all(parts):
            message = "must read QUANTITY > NUMBER, QUANTITY < NUMBER or QUANTITY > QUANTITY"
            raise InputError([Problem(where=text, message=message)], "conclusion")
        left, sign, right = parts
        try:
            number = float(right)
        except ValueError:
            # a < b is b > a.
            first, second = (left, right) if sign == ">" else (right, left)
            return cls(name=text, quantity=first, above_quantity=second)
        if sign == ">":
            return cls(name=text, quantity=left, above=number)
        return cls(name=text, quantity=left, below=number)


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
    known = by_name(fit.moments, fit.design)
    asked = {name for one in conclusions for name in (one.quantity, one.above_quantity) if name}
    # Estimands are computed only if a conclusion is on one: they take longer than all quantities.
    if not asked <= set(known):
        known |= {one.name: one.draws for one in reported.estimands(fit)}
    problems = [
        Problem(
            where=conclusion.name, value=name, message=f"no such quantity.{nearest(name, known)}"
        )
        for conclusion in conclusions
        for name in (conclusion.quantity, conclusion.above_quantity)
        if name is not None and name not in known
    ]
    if problems:
        raise InputError(problems, "conclusions")
    return {conclusion.name: _support(conclusion, known) for conclusion in conclusions}


def _support(conclusion: Conclusion, known: dict[str, xr.DataArray]) -> float:
    draws = known[conclusion.quantity].values
    # True but where a draw is not a number, which supports nothing.
    holds = draws == draws
    if conclusion.above is not None:
        holds &= draws > conclusion.above
    if conclusion.below is not None:
        holds &= draws < conclusion.below
    if conclusion.above_quantity is not None:
        holds &= draws > known[conclusion.above_quantity].values
    return float(holds.mean())
