"""Studies made by hand: what refits under other priors, power scaling and comparison return."""

from dataclasses import replace
from math import nan

import numpy as np
import pandas as pd
from scipy.special import ndtr

from bayes_alliance.estimands.usual import side_by_side
from bayes_alliance.posterior.compare import Comparison
from bayes_alliance.ratings import TimeAxis
from bayes_alliance.ratings.words import Words
from bayes_alliance.results.collection import collected
from bayes_alliance.results.side_by_side import SideBySide
from bayes_alliance.studies.analyses import _rows
from bayes_alliance.studies.atlas import Atlas
from bayes_alliance.studies.grid import PriorStudy
from bayes_alliance.studies.leaving import LeavingStudy
from bayes_alliance.studies.power_scaling import PowerScaling
from bayes_alliance.studies.support import Support
from bayes_alliance.studies.tipping import COLUMNS, FLAT
from tests import hand_made


def comparison():
    """Two models, compared by children left out."""
    return Comparison(
        unit="child",
        table=pd.DataFrame(
            {
                "elpd": [-100.25, -104.5],
                "mcse": [0.1, 0.1],
                "se": [5.0, 5.5],
                "difference": [0.0, -4.25],
                "se_difference": [0.0, 2.0],
                "units": [12, 12],
                "high_k": [0, 1],
                "refitted": [0, 1],
            },
            index=pd.Index(["growth", "level"], name="model"),
        ),
        by_unit=pd.DataFrame(),
        sentence="'growth' predicts a child left out better.",
        synthetic=True,
    )


def prior_study():
    """One conclusion, that a narrow prior of slopes takes away."""
    places = [("as stated", 1.0), ("slopes", 0.25), ("slopes", 4.0), ("child sds", 4.0)]
    support = pd.DataFrame(
        {"slope[child] < 0": [0.991, 0.962, 0.993, 0.99]},
        index=pd.MultiIndex.from_tuples(places, names=["block", "factor"]),
    )
    verdicts = pd.DataFrame(
        [["depends on the prior", 0.991, 0.962, 0.993, "slopes"]],
        index=pd.Index(["slope[child] < 0"], name="conclusion"),
        columns=["verdict", "support", "lowest", "highest", "blocks"],
    )
    return PriorStudy(
        quantities=pd.DataFrame(), support=support, verdicts=verdicts, failed={}, synthetic=True
    )


def with_tipping():
    """The same study, with where the conclusion changes."""
    tips = [
        ("slopes", 0.09, "narrower", nan, 0.08, 0.1, "falls", "refit", 0.088, nan),
        ("slopes", nan, "wider", nan, nan, nan, "", "reweighted", 64.0, 0.1),
        ("slopes", nan, "higher", 3.5, 3.2, 3.8, "falls", "reweighted", 3.5, 0.4),
        ("correlations", nan, "wider", nan, nan, nan, "", FLAT, 1.0, nan),
    ]
    rows = [("slope[child] < 0", *tip) for tip in tips]
    return replace(
        prior_study(), tipping=pd.DataFrame(rows, columns=COLUMNS), flat=("correlations",)
    )


def atlas():
    """Two conclusions, one that stands and one that leans on the prior and the ceiling."""
    supports = {
        ("as stated", ""): (0.9999, 0.99),
        ("prior", "slopes twice as narrow"): (1.0, 0.98),
        ("ceiling", "ends of the scale censored"): (0.99, 0.93),
        ("informant left out", "child"): (None, 0.01),
    }
    names = ("level[caregiver] > level[child]", "slope[child] < 0")
    known = {
        where: [None if share is None else Support(share, 0.0034) for share in both]
        for where, both in supports.items()
    }
    rows = [
        row
        for (what, setting), both in known.items()
        for row in _rows(
            what,
            setting,
            dict(zip(names, both, strict=True)),
            {names[0]: False, names[1]: what == "prior"},
        )
    ]
    return Atlas(
        table=pd.DataFrame(rows),
        not_made=pd.DataFrame(
            [("clinic level", "without", "the model has no clinic effects")],
            columns=["what", "setting", "reason"],
        ),
        failed={},
        draws=500,
        done=4,
        synthetic=True,
        words=Words(child="patient", children="patients", informants={"child": "the patient"}),
    )


def power_scaling():
    """Four quantities, one of which leans on its prior."""
    return PowerScaling(
        table=pd.DataFrame(
            {
                "levels": [0.001, 0.2, 0.003, 0.004],
                "all priors": [0.002, 0.21, 0.004, 0.005],
                "likelihood": [0.1, 0.11, 0.12, 0.13],
                "diagnosis": ["", "prior and data disagree (levels)", "", ""],
            },
            index=pd.Index(
                [
                    "level[child]",
                    "child_sd[child,level]",
                    "slope_change_1[therapist_of_child]",
                    "residual_sd[child]",
                ],
                name="quantity",
            ),
        )
    )


def usual():
    """The usual analysis beside a joint model, from two posteriors made by hand."""
    return side_by_side(
        hand_made.fit(model="separate_levels", covariates=False), hand_made.fit(covariates=False)
    )


def beside():
    """Two informants under a model with covariates, and one of them under a model without."""
    fits = {
        "both": hand_made.fit(("child", "caregiver")),
        "child alone": hand_made.fit(("child",), covariates=False),
    }
    return SideBySide(records={name: collected(fit, prior=fit) for name, fit in fits.items()})


def leaving(**changes):
    """Two informants: that the child's ratings fall depends on what leaving follows."""
    falls = {"ignoring": 0.01, "rating": 0.02, "either": 0.06, "alliance": 0.2}
    change = pd.DataFrame(
        [
            (name, informant, median, median - 0.4, median + 0.4, rises)
            for name, of_child in falls.items()
            for informant, median, rises in (("child", -0.5, of_child), ("caregiver", 0.1, 0.7))
        ],
        columns=["assumption", "informant", "median", "lower", "upper", "rises"],
    ).set_index(["assumption", "informant"])
    tips = {"child": (-2.5, -0.5), "caregiver": (-0.3, 1.2)}
    tipping = pd.DataFrame(
        [
            (informant, way, f"slope[{informant}] {sign} 0", cells, shift, support, at)
            for cells, shift in (("left", "constant"), ("left", "growing"), ("missing", "constant"))
            for informant, points in tips.items()
            for way, sign, at, support in zip(
                ("rises", "falls"),
                "><",
                points,
                (0.01, 0.99) if informant == "child" else (0.7, 0.3),
                strict=True,
            )
        ],
        columns=[
            *("informant", "direction", "conclusion", "cells", "shift", "support", "tipping_point")
        ],
    )
    shifted = pd.DataFrame(
        [
            (informant, shift, -0.3 * shift, -0.3 * shift - 0.4, -0.3 * shift + 0.4, 0.5)
            for informant in tips
            for shift in (-3.0, 0.0, 3.0)
        ],
        columns=["informant", "shift", "median", "lower", "upper", "falls"],
    ).set_index(["informant", "shift"])
    table = pd.DataFrame(
        [
            ("ignoring", "slope[child]", -0.5, -0.9, -0.1, 0.99, False),
        ],
        columns=[
            *("assumption", "quantity", "median", "lower", "upper", "contraction", "prior_driven")
        ],
    )
    follows = pd.DataFrame(
        {"median": [0.05, 0.02], "lower": [-0.01, -0.2], "upper": [0.11, 0.24]}
        | {"prior_driven": pd.Series([False, True], dtype=object).tolist()},
        index=pd.Index(["child", "caregiver"], name="informant"),
        dtype=object,
    )
    in_treatment = pd.DataFrame(
        {"treatment": [12, 6], "share": [1.0, 0.5], "median": [1.0, 0.55]}
        | {"lower": [1.0, 0.4], "upper": [1.0, 0.7]},
        index=pd.Index([4.0, 8.0], name="time"),
    )
    hazard = pd.DataFrame(
        {"median": [0.45], "lower": [0.3], "upper": [0.6]}, index=pd.Index([4.0], name="time")
    )
    effects = pd.DataFrame(
        [
            ("anxiety", "child", f"slope_on[anxiety,child] {sign} 0", cells, shift, support, at)
            for cells, shift in (("left", "constant"), ("left", "growing"), ("missing", "constant"))
            for sign, support, at in ((">", 0.97, 1.5), ("<", 0.03, 4.0))
        ],
        columns=["covariate", *tipping.columns[[0]], *tipping.columns[2:]],
    )
    grid = np.linspace(-4.0, 4.0, 9)
    two = pd.DataFrame(
        [
            (informant, "anxiety 1", "anxiety 0", x, y, ndtr(1.9 - 0.9 * x + 0.7 * y))
            for informant in tips
            for x in grid
            for y in grid
        ],
        columns=["of", "first", "second", "shift", "shift_", "support"],
    )
    groups = pd.DataFrame(
        {4.0: [12, 6, 6], 8.0: [6, 4, 2]},
        index=pd.MultiIndex.from_tuples(
            [("", "all"), ("anxiety", "0"), ("anxiety", "1")], names=["covariate", "group"]
        ),
    )
    values = {
        "table": table,
        "effects": effects,
        "two": two,
        "groups": groups,
        "change": change,
        "tipping": tipping,
        "shifted": shifted,
        "in_treatment": in_treatment,
        "hazard": hazard,
        "follows": follows,
        "words": Words(),
        "time": TimeAxis(origin=4.0, per=4.0, unit="months"),
        "synthetic": True,
    }
    return LeavingStudy(**(values | changes))
