"""Agreement between informants as records: made from a fit, and asked for again by what they are.

Correlations of every pair at each level and in total, differences in points, limits of agreement,
concordance, and indices of all informants together. What a model does not define (differences in
points of different scales, limits of ratings that are not normal) is absent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
import pandas as pd

from bayes_alliance.estimands import agreement
from bayes_alliance.estimands.agreement import AgreementLevel
from bayes_alliance.estimands.agreement.differences import normal_limits
from bayes_alliance.estimands.agreement.indices import by_pair, together
from bayes_alliance.estimands.agreement.joint import latent_moments
from bayes_alliance.levels import LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.results.record import Needs, Result, entries, pairs, timed

CORRELATION = "agreement.correlation"


@dataclass(frozen=True, kw_only=True)
class Index:
    """An index of agreement of all informants together.

    Parameters
    ----------
    symbol : str
        As McGraw and Wong (1996), Psychological Methods 1, 30-46, write it.
    words : str
        What it is an intraclass correlation of ratings for.
    absolute : bool
        Whether a shift between informants counts against agreement.
    """

    estimand: str
    absolute: bool
    symbol: str
    words: str


TOGETHER = (
    Index(
        estimand="agreement.intraclass_agreement",
        absolute=True,
        symbol="ICC(A,1)",
        words="absolute agreement",
    ),
    Index(
        estimand="agreement.intraclass_consistency",
        absolute=False,
        symbol="ICC(C,1)",
        words="agreement but for a shift",
    ),
)


def between_informants(fit: Fit, times: Sequence[float]) -> Iterator[Result]:
    """Go through what is reported of agreement, in the order of ``estimands.csv``.

    Parameters
    ----------
    fit : Fit
        Of at least two informants.
    """
    for level in LEVELS:
        for coefficient in _varying(fit, level):
            matrix = agreement.correlation(fit, level=level, of=coefficient)
            own = Result(
                estimand=CORRELATION,
                is_bounded=True,
                needs=_needs(level),
                level=level,
                draws=matrix,
            )
            yield from pairs(replace(own, coefficient=coefficient))
    yield from correlations(fit, "total", times)
    yield from indices_of_agreement(fit, times)


def correlations(fit: Fit, level: AgreementLevel, times: Sequence[float]) -> Iterator[Result]:
    """Go through correlations between informants at a level, or in total, at some times."""
    draws = agreement.correlation(fit, level=level, time=list(times))
    own = Result(
        estimand=CORRELATION,
        is_bounded=True,
        needs=_needs(level),
        level=level,
        draws=timed(draws, times),
    )
    for at in entries(own, "time"):
        yield from pairs(at)


def correlations_among(rows: pd.DataFrame) -> pd.DataFrame:
    """Select correlations between informants from rows of results."""
    return rows[rows["estimand"] == CORRELATION]


def agreement_among(rows: pd.DataFrame) -> pd.DataFrame:
    """Select what is of agreement, in no unit, from rows of results."""
    return rows[rows["estimand"].str.startswith("agreement.") & rows["is_bounded"].astype(bool)]


def indices_of_agreement(fit: Fit, times: Sequence[float]) -> list[Result]:
    """List agreement between informants at some times.

    Parameters
    ----------
    fit : Fit
        Of at least two informants.

    Returns
    -------
    list of Result
        By time: correlations between children (latent); where informants share a scale, the mean
        difference (first minus second informant), concordance and intraclass correlations of
        ratings; of normal ratings, their limits of agreement.
    """
    results = list(correlations(fit, "child", times)) if "child_cov" in fit.moments else []
    if comparable(fit):
        # The moments once, and every index of them.
        joint = latent_moments(fit, "agreement", level="total", time=list(times))
        matrices = [
            Result(estimand="agreement.mean_difference", draws=joint.of_pairs(joint.difference))
        ]
        if fit.spec.family.is_normal:
            limits = Result(estimand="agreement.limits", needs="shared", draws=normal_limits(joint))
            matrices += entries(limits, "limit")
        concordance = by_pair(joint, absolute=True)
        matrices += [
            Result(
                estimand="agreement.concordance",
                is_bounded=True,
                needs="shared",
                draws=concordance,
            )
        ]
        for one in matrices:
            for at in entries(replace(one, draws=timed(one.draws, times)), "time"):
                results += pairs(at)
        for index in TOGETHER:
            draws = together(joint, fit.design.informants, absolute=index.absolute)
            own = Result(
                estimand=index.estimand,
                is_bounded=True,
                needs="shared",
                draws=timed(draws, times),
            )
            results += entries(own, "time")
    return sorted(results, key=attrgetter("time"))


def _needs(level: str) -> Needs:
    """What tells the correlation of two informants at a level."""
    return "shared" if level == "total" else "repeated" if level == "child" else "nothing"


def _varying(fit: Fit, level: str) -> tuple[str, ...]:
    """Growth coefficients that vary at a level for two informants; none if it has no effects."""
    if f"{level}_cov" not in fit.moments:
        return ()
    cov = fit.moments[f"{level}_cov"]
    diagonal = np.diagonal(cov.transpose(..., "term", "term_").to_numpy(), axis1=-2, axis2=-1)
    varies = (diagonal > 0).reshape(-1, diagonal.shape[-1]).any(axis=0)
    coefficients = cov["term_coefficient"].to_numpy()[varies]
    return tuple(c for c in dict.fromkeys(coefficients.tolist()) if (coefficients == c).sum() > 1)


def comparable(fit: Fit) -> bool:
    """Whether points of different informants mean the same."""
    return fit.ratings.common_scale is not None
