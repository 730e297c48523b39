"""Pseudo ratings lie where an independent solver finds them, however far apart ratings are."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import brentq
from scipy.special import expit, logit

import bayes_alliance as ba
from bayes_alliance.collapsed.completions.pseudo import pseudo_ratings
from bayes_alliance.design import design

LOWER, UPPER, POINTS = 12, 48, 36


def test_the_pseudo_rating_of_a_point_at_one_end_among_many_at_the_other() -> None:
    table = pd.DataFrame(
        {"id": [f"c{i // 2}" for i in range(40)], "month": [4.0, 8.0] * 20, "child": 48.0}
    )
    table.loc[0, "child"] = 12.0
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "month"},
        "informants": {"child": "child"},
        "scale": {"lower": LOWER, "upper": UPPER, "step": 1},
    }
    spec = ba.without(ba.load_model("binomial"), "therapist")
    arrays = design(spec, ba.Ratings.from_wide(table, study=study))
    row, informant = np.nonzero(~np.isnan(arrays.y))
    pseudo, variance = pseudo_ratings(arrays, row, informant)

    # A normal law of the values behind points, and the mode of each under it.
    counted = table["child"].to_numpy() - LOWER
    rough = 0.5 * logit((counted + 0.5) / (POINTS + 1.0))
    average, precision = rough.mean(), 1.0 / (rough.var() + 1e-3)
    for at in (0, 1):

        def slope(z: float, x: float = counted[at]) -> float:
            return 2.0 * (x - POINTS * expit(2.0 * z)) - precision * (z - average)

        mode = brentq(slope, -20.0, 20.0)
        curvature = POINTS / np.cosh(mode) ** 2
        spread = (UPPER - LOWER) / 2
        expected = 30.0 + spread * (mode + precision * (mode - average) / curvature)
        assert pseudo[at] == pytest.approx(expected, rel=1e-6)
        assert variance[at] == pytest.approx(spread**2 / curvature, rel=1e-6)
