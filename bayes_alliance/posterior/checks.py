"""Can this fit be trusted? Each check is a verdict, a table, a sentence and its source.

Thresholds stand here once, beside their reference. A check never changes a fit.
"""

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.errors import checked_arguments
from bayes_alliance.numerals import effective
from bayes_alliance.posterior import diagnostics
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.pit import pit
from bayes_alliance.posterior.posterior_predictive import posterior_predictive
from bayes_alliance.posterior.prior_predictive import prior_predictive
from bayes_alliance.posterior.scalars import by_name, quantity_of
from bayes_alliance.posterior.verdict import Check, Verdict
from bayes_alliance.specification.phrases import capitalised

__all__ = ["Check", "convergence", "pit", "posterior_predictive", "prior_predictive", "standard"]

# Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), sections 4.1 and 4.3.
R_HAT_LIMIT = 1.01
ESS_LIMIT = 400.0
# Quantities that a sentence names one by one.
MOST_NAMED = 3
# Betancourt (2016): energy fraction of missing information.
E_BFMI_LIMIT = 0.3
# Where a smaller share of the children was rated again, divergences come from that (judgement).
FEWEST_AGAIN = 0.2


@checked_arguments
def convergence(fit: Fit, *, derived: Mapping[str, xr.DataArray] | None = None) -> Check:
    """Whether the chains agree on one posterior and have explored it sufficiently.

    Looks at every quantity of ``summary.csv``, standard deviations and correlations included, and
    at whatever else is reported.

    Parameters
    ----------
    derived : mapping of str to DataArray, optional
        Name to draws, dims (chain, draw, ...), of derived quantities that are reported too.

    Returns
    -------
    Check
        Passes when R-hat < 1.01 and bulk and tail effective sample sizes are above 400 for every
        quantity, no transition diverged, and the energy fraction E-BFMI of every chain is above
        0.3. Fails when R-hat reaches 1.05, an effective sample size is below 100, more than 1%
        of transitions diverged, or anything cannot be judged: draws that are not numbers, infinite
        or never move, of these quantities or of whatever else the fit keeps; warns in between. The
        table has a row per quantity, those that cannot be judged and then the worst first, with
        ``ess_bulk``, ``ess_tail``, ``r_hat``, ``mcse_mean``.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Bayesian Analysis 16(2), 667-718.
    Betancourt (2016), arXiv:1604.00695.
    """
    quantities = by_name(fit.moments, fit.design)
    for name, draws in (derived or {}).items():
        quantities |= dict(diagnostics.scalars(name, draws))
    draws_of_all = diagnostics.stacked(quantities.items())
    table = diagnostics.table(draws_of_all)
    table = table.sort_values(["r_hat", "ess_bulk"], ascending=[False, True], na_position="first")
    unfit = diagnostics.unfit(draws_of_all) | _not_finite(fit, {*map(quantity_of, quantities)})
    remarks, severe = _remarks(fit, table)
    if unfit:
        remarks, severe = [_of_unfit(unfit), *remarks], True
    verdict: Verdict = "fail" if severe else "warn" if remarks else "pass"
    sentence = (
        _sentence(remarks)
        if remarks
        else f"All {len(table)} quantities agree between chains (largest R-hat "
        f"{table['r_hat'].max():.3f}) and rest on at least "
        f"{effective(least_effective(table))} effective draws; no transition diverged."
    )
    return Check(
        name="convergence",
        verdict=verdict,
        table=table,
        sentence=sentence,
        reference="Vehtari et al. (2021); Betancourt (2016)",
        synthetic=fit.ratings.synthetic,
    )


def _not_finite(fit: Fit, judged: Collection[str]) -> dict[str, str]:
    """What the fit keeps beside the quantities that are judged and is not finite everywhere."""
    problems: dict[str, str] = {}
    for name, array in fit.moments.items():
        n_bad = int((~np.isfinite(array.values)).sum())
        # Covariances are judged as standard deviations and correlations.
        if n_bad and name not in judged and not str(name).endswith("_cov"):
            problems[str(name)] = f"is not finite in {n_bad} of {array.size} numbers"
    return problems


def _of_unfit(unfit: Mapping[str, str]) -> str:
    """Name what cannot be judged."""
    named = ", ".join(f"{name} {what}" for name, what in list(unfit.items())[:MOST_NAMED])
    more = len(unfit) - MOST_NAMED
    others = f" and {more} more" if more > 0 else ""
    return f"what cannot be judged has not converged: {named}{others}"


def least_effective(table: pd.DataFrame) -> float:
    """The smallest effective sample size of any quantity, of the bulk or of the tails."""
    return min(table["ess_bulk"].min(), table["ess_tail"].min())


def _remarks(fit: Fit, table: pd.DataFrame) -> tuple[list[str], bool]:
    """What speaks against convergence, and whether any of it is severe."""
    divergent = int(fit.stats["diverging"].sum())
    n_draws = fit.stats["diverging"].size
    energy = diagnostics.bfmi(fit.stats["energy"])
    r_hat, bulk, least = table["r_hat"].max(), table["ess_bulk"].min(), least_effective(table)
    one_chain = fit.moments.sizes["chain"] < 2

    remarks: list[str] = []
    severe = False
    if one_chain:
        remarks.append("Only one chain was run, so chains cannot be compared; run four")
    if r_hat >= R_HAT_LIMIT:
        severe |= r_hat >= 1.05
        remarks.append(
            f"R-hat of {table['r_hat'].idxmax()} is {r_hat:.3f} (below {R_HAT_LIMIT} is wanted): "
            "the chains do not agree; sample longer (more draws and tune)"
        )
    if least < ESS_LIMIT or not np.isfinite(bulk):
        # Written so that a sample size that is not a number is severe too.
        severe |= not least >= 100.0
        worst = table[["ess_bulk", "ess_tail"]].min(axis=1).idxmin() if np.isfinite(bulk) else "?"
        remarks.append(
            f"the effective sample size of {worst} is {effective(least)} "
            f"(above {ESS_LIMIT:.0f} is wanted): sample longer (more draws)"
        )
    if divergent:
        severe |= divergent > 0.01 * n_draws
        remarks.append(
            f"{divergent} of {n_draws} transitions diverged: raise target_accept (0.95), and if "
            f"they stay, {_undetermined(fit)}; try a simpler one"
        )
    # Written so that an energy fraction that is not a number does not pass.
    if not (energy >= E_BFMI_LIMIT).all():
        remarks.append(
            f"E-BFMI is {energy.min():.2f} (above {E_BFMI_LIMIT} is wanted): the tails are "
            "explored slowly; sample longer"
        )
    if fit.interrupted:
        remarks.append("sampling was interrupted")
    return remarks, severe


def _undetermined(fit: Fit) -> str:
    """What the data may not say, where the sampler cannot follow the posterior."""
    n_occasions = np.bincount(fit.design.occasion_child, minlength=len(fit.design.children))
    n, n_again = len(n_occasions), int((n_occasions > 1).sum())
    if n_again >= FEWEST_AGAIN * n:
        return "the data may not determine all parts of this model"
    return (
        f"only {n_again} of {n} children were rated at more than one occasion, which hardly tells "
        "apart how children differ and residuals"
    )


@checked_arguments
def standard(fit: Fit) -> tuple[Check, ...]:
    """The checks that every report shows: convergence, then the posterior predictive check.

    Returns
    -------
    tuple of Check
        The seed is the fit's own.
    """
    return convergence(fit), posterior_predictive(fit, seed=fit.seed)


def _sentence(remarks: list[str]) -> str:
    text = "; ".join(remarks)
    return f"{capitalised(text)}."
