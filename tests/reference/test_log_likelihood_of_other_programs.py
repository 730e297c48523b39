"""At other programs' estimates our observed-data log likelihood is theirs: no sampling, no tuning.

Every maximum-likelihood fit of the reference files: one to four outcomes, missing cells, up to
three nesting levels, optima at the boundary (standard deviations of 0, correlations of 1).
"""

import numpy as np
import pytest

from bayes_alliance.collapsed.moments import log_likelihood
from bayes_alliance.design import design
from tests.reference.other_programs import (
    all_maximum_likelihood_fits,
    moments_of,
    needs_data,
    reference,
)

FITS = all_maximum_likelihood_fits()


@needs_data
def test_all_fits_of_the_reference_files_are_here() -> None:
    assert len(FITS) == 24
    assert {data for data, _ in FITS} == {
        "claus2020",
        "fdd",
        "gcsemv",
        "nlsy_anti_self",
        "schizrep",
        "univbct",
    }


@needs_data
@pytest.mark.parametrize(("data", "model"), FITS)
def test_log_likelihood_equals_that_of_another_program(data: str, model: str) -> None:
    fit = reference(data, model, method="ML")
    arrays = design(fit.spec, fit.ratings)
    value = log_likelihood(arrays, moments_of(fit, arrays))
    assert value == pytest.approx(fit.log_likelihood, abs=1e-3)


@needs_data
def test_the_comparison_would_notice_a_wrong_estimate() -> None:
    fit = reference("schizrep", "uni_imps79", method="ML")
    arrays = design(fit.spec, fit.ratings)
    moments = moments_of(fit, arrays)
    moments["residual_cov"] = np.asarray(moments["residual_cov"]) * 1.02
    assert abs(log_likelihood(arrays, moments) - fit.log_likelihood) > 0.05
