"""Studies made by hand: what refits under other priors, power scaling and comparison return."""

import pandas as pd

from bayes_alliance.estimands.usual import side_by_side
from bayes_alliance.posterior.compare import Comparison
from bayes_alliance.studies.grid import PriorStudy
from bayes_alliance.studies.power_scaling import PowerScaling
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
