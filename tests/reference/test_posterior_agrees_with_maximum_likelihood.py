"""Under priors that are flat where the likelihood is not, the posterior agrees with estimates by
restricted maximum likelihood of other programs on public data."""

import numpy as np
import pytest

import bayes_alliance as ba
from bayes_alliance.posterior.scalars import by_name
from tests.reference.other_programs import needs_data, reference

# Priors that say as good as nothing expect most ratings outside their scale, and `fit` warns of it.
pytestmark = pytest.mark.filterwarnings("ignore:The prior expects:UserWarning")

CASES = (
    ("schizrep", "uni_imps79"),
    ("univbct", "mv_ri"),
    ("univbct", "uni_jsat_unit"),
    ("claus2020", "mv4_ri"),
    ("fdd", "mv_ri"),
)
# Optima at a boundary, and one where a slope's sd lies on a ridge with the residual: a posterior
# differs there for good reasons, but its coefficients must agree.
FIXED_EFFECTS_ONLY = (
    ("nlsy_anti_self", "mv_growth_cov"),
    ("univbct", "mv_ri_unit"),
    ("fdd", "mv4_ri"),
)


@needs_data
@pytest.mark.samples
@pytest.mark.parametrize(("data", "model"), CASES + FIXED_EFFECTS_ONLY)
def test_posterior_agrees_with_restricted_maximum_likelihood(data: str, model: str) -> None:
    expected = reference(data, model, method="REML")
    fit = ba.fit(expected.spec, expected.ratings, seed=11)
    draws = by_name(fit.moments, fit.design)

    for quantity, row in expected.fixed.iterrows():
        # Other programs' intercepts are of children at the reference of the covariates.
        own = draws.get(str(quantity).replace("[", "_at_reference[", 1), draws[quantity])
        difference = abs(float(own.mean()) - row["estimate"]) / row["se"]
        assert difference < 0.2, f"{quantity}: {difference:.2f} standard errors apart"

    if (data, model) in FIXED_EFFECTS_ONLY:
        return
    for level, (labels, cov) in expected.covariances.items():
        for position, label in enumerate(labels):
            sd = draws[f"{level}_sd[{label}]"]
            estimate = np.sqrt(cov[position, position])
            apart = abs(float(sd.median()) - estimate)
            allowed = max(0.1 * estimate, 0.2 * float(sd.std()))
            assert apart < allowed, f"{level} sd of {label}: {float(sd.median())} and {estimate}"


@needs_data
@pytest.mark.long
def test_both_engines_agree_within_monte_carlo_error() -> None:
    expected = reference("schizrep", "uni_imps79", method="REML")
    fits = {
        engine: ba.fit(expected.spec, expected.ratings, seed=3, engine=engine, draws=2000)
        for engine in ("collapsed", "pymc")
    }
    summaries = {
        engine: ba.tables.summary(fit).set_index("quantity") for engine, fit in fits.items()
    }
    collapsed, pymc = summaries["collapsed"], summaries["pymc"]
    assert list(collapsed.index) == list(pymc.index)
    for quantity in collapsed.index:
        one, other = collapsed.loc[quantity], pymc.loc[quantity]
        error = np.hypot(one["sd"] / one["ess_bulk"] ** 0.5, other["sd"] / other["ess_bulk"] ** 0.5)
        assert abs(one["mean"] - other["mean"]) < 4 * error, quantity
