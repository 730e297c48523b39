"""Planned studies made by hand: shares that follow a formula, nothing simulated."""

import math
from itertools import product

import pandas as pd

from bayes_alliance.studies.assurance import Assurance
from bayes_alliance.studies.assurance.plan import from_dict
from bayes_alliance.studies.assurance.shares import interval

SLOPE, WIDTH = "slope[child] > 0", "95% interval of slope[child] narrower than 0.8"
SIZES = tuple(product((40, 80, 120, 160), (10, 20, 40), (3, 4)))
PLAN = {
    "title": "Is there growth?",
    "model": "informant_level",
    "informants": ["child", "caregiver"],
    "conclusions": [SLOPE],
    "widths": {"slope[child]": 0.8},
    "families": [40, 80, 120, 160],
    "therapists": [10, 20, 40],
    "occasions": [3, 4],
    "scale": {"lower": 12, "upper": 48},
    "time": {"every": 1},
    "truth": {"prior": True},
    "costs": {"family": 100, "therapist": 150, "budget": 15000},
}


VARYING = {
    "missing": [0.1, 0.325],
    "leaving": {"hazard": [0, 0.2]},
    "scale": {"lower": 12, "upper": [42, 48], "step": 1},
}
CIRCUMSTANCES = tuple(
    {"missing": missing, "leaving": leaving, "ceiling": ceiling}
    for missing, leaving, ceiling in product((0.1, 0.325), (0.0, 0.2), (42.0, 48.0))
)


def assurance(*, price: bool = True, circumstances: bool = False) -> Assurance:
    """Assurance that rises with families, therapists and occasions, and falls with what is lost."""
    rows = []
    under = CIRCUMSTANCES if circumstances else ({},)
    for (families, therapists, occasions), own, conclusion in product(SIZES, under, (SLOPE, WIDTH)):
        lost = own.get("missing", 0.0) + own.get("leaving", 0.0) + (own.get("ceiling") == 42) / 5
        known = families * (1 - lost)
        share = 1 - math.exp(-known * (occasions - 1) * (1 + therapists / 40) / 250)
        reached = round(100 * share)
        low, high = interval(reached, 100)
        of_width = conclusion == WIDTH
        rows.append(
            {
                **{"families": families, "therapists": therapists, "occasions": occasions},
                **{"conclusion": conclusion, "assurance": reached / 100},
                **{"lower": low, "upper": high, "fits": 100},
                "true": math.nan if of_width else 0.9,
                "false_support": math.nan if of_width else 0.01,
                **{"width": 9 / math.sqrt(families), "coverage": 0.95, "approximate": 0.99},
                **{"ratings": 1.8 * families * occasions},
                "cost": 100 * families + 150 * therapists,
                **own,
            }
        )
    table = pd.DataFrame(rows)
    keys = ["families", "therapists", "occasions", "conclusion", *under[0]]
    error = (
        table[keys]
        .iloc[[0, -2]]
        .assign(
            fits=20,
            approximate=[0.5, 0.95],
            exact=[0.45, 0.95],
            other=[0.05, 0.0],
            difference=[0.05, 0.0],
            lower=[-0.06, -0.09],
            upper=[0.15, 0.09],
            support=[0.01, 0.004],
            width=[0.98, 0.99],
        )
    )
    without = table[table["conclusion"] == SLOPE][[*keys, "fits", "assurance"]].assign(
        false_support=0.01,
        coverage=0.95,
        assurance_without=0.9,
        false_support_without=0.06,
        coverage_without=0.84,
    )
    return Assurance(
        table=table,
        error=error,
        price=without if price else pd.DataFrame(),
        plan=from_dict(PLAN | (VARYING if circumstances else {})),
        done=2640,
        failed={},
    )
