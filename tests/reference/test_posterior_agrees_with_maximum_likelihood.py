"""Under priors that are flat where the likelihood is not, the posterior agrees with estimates by
restricted maximum likelihood of other programs on public data."""

import arviz as az
import numpy as np
import pytest

import bayes_alliance as ba
from bayes_alliance.posterior import moments
from tests.reference.other_programs import needs_data, reference

CASES = {
    "nlsy_anti_self": "mv_growth_cov",
    "schizrep": "uni_imps79",
    "univbct": "mv_ri",
    "claus2020": "mv4_ri",
}


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("data", CASES)
def test_posterior_agrees_with_restricted_maximum_likelihood(data: str) -> None:
    expected = reference(data, CASES[data], method="REML")
    fit = ba.fit(expected.spec, expected.ratings, seed=11, draws=2000, tune=1000)
    draws = dict(moments.quantities(fit.moments))

    for quantity, row in expected.fixed.iterrows():
        difference = abs(float(draws[quantity].mean()) - row["estimate"]) / row["se"]
        assert difference < 0.2, f"{quantity}: {difference:.2f} standard errors apart"

    for level, (labels, cov) in expected.covariances.items():
        for position, label in enumerate(labels):
            sd = draws[f"{level}_sd[{label}]"]
            estimate = np.sqrt(cov[position, position])
            apart = abs(float(sd.median()) - estimate)
            allowed = max(0.1 * estimate, 0.2 * float(sd.std()))
            assert apart < allowed, f"{level} sd of {label}: {float(sd.median())} and {estimate}"
    assert float(az.rhat(fit.moments["level"].to_dataset())["level"].max()) < 1.02
