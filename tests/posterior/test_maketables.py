"""A fit as the tables of the package maketables ask for it."""

import numpy as np
import pytest

from bayes_alliance.posterior.fit import Fit
from bayes_alliance.results.collection import collected
from tests import hand_made


@pytest.fixture(scope="module")
def fit() -> Fit:
    return hand_made.fit()


def test_the_table_has_the_columns_that_are_asked_for_and_the_numbers_of_the_summary(
    fit: Fit,
) -> None:
    table = fit.__maketables_coef_table__
    assert table.index.name == "Coefficient"
    assert list(table.columns) == ["b", "se", "t", "p", "ci95l", "ci95u"]
    assert table[["t", "p"]].isna().all(axis=None)
    summary = collected(fit, prior=fit).summary.set_index("quantity")
    own = summary.loc[table.index]
    np.testing.assert_allclose(table["b"], own["median"])
    np.testing.assert_allclose(table[["ci95l", "ci95u"]], own[["lower", "upper"]])
    assert {"level[child]", "slope[caregiver]", "level_on[anxiety,child]"} <= set(table.index)
    assert not table.index.str.contains("_sd|_cor").any()


def test_it_counts_ratings_and_knows_no_other_statistic(fit: Fit) -> None:
    assert fit.__maketables_stat__("N") == len(fit.ratings.observed)
    assert fit.__maketables_stat__("r2") is None
    assert fit.__maketables_depvar__ == "Rating"


def test_maketables_makes_a_table_of_it(fit: Fit) -> None:
    maketables = pytest.importorskip(
        "maketables", reason="maketables finds our fits, not we it: it is no dependency"
    )
    made = maketables.ETable([fit]).df
    assert "level[child]" in str(made.index.tolist())
