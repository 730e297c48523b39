"""Every figure there is, for fits made by hand: composed when it is asked for."""

from collections.abc import Callable, Mapping
from functools import cache

from matplotlib.axes import Axes
from matplotlib.figure import Figure

import bayes_alliance as ba
from bayes_alliance.posterior.posterior_predictive import posterior_predictive
from bayes_alliance.reporting import plots
from tests import hand_made
from tests.reporting import made_studies
from tests.reporting.made_assurance import SLOPE, assurance
from tests.reporting.plots.test_question_plots import comparison, surface_of
from tests.reporting.plots.test_study_plots import ranks, study

LONG = (
    "child",
    "therapist_of_child_at_the_clinic",
    "caregiver_or_other_adult_relative",
    "teacher",
)
SIX = (*hand_made.FOUR, "teacher", "clinic_staff")
YEAR = {"months": tuple(range(1, 13)), "time": {"origin": 1, "per": 4, "unit": "months"}}
ONCE = {"months": (4,), "model": "level_once"}
ARMS = ("CBT", "treatment as usual", "family therapy")
LONGEST = "four informants, long labels, three groups"

type Draw = Callable[[], Axes | tuple[Axes, ...]]

FITS: Mapping[str, Callable[[], ba.Fit]] = {
    "one informant, twelve occasions": lambda: hand_made.fit(hand_made.FOUR[:1], **YEAR),
    "two informants, one occasion": lambda: hand_made.fit(hand_made.FOUR[:2], **ONCE),
    LONGEST: lambda: hand_made.fit(LONG, covariate="how_the_family_is_treated", groups=ARMS),
    "six informants": lambda: hand_made.fit(SIX),
}


def whole(axes: Axes | tuple[Axes, ...]) -> Figure:
    """The figure of axes."""
    first = axes[0] if isinstance(axes, tuple) else axes
    figure = first.get_figure(root=True)
    assert figure is not None
    return figure


@cache
def of_fit(name: str) -> dict[str, Draw]:
    """Figures that informants, occasions and groups make different, by the name of their function.

    Behind a comma stands how they are drawn otherwise.
    """
    fit = FITS[name]()
    informants, by = fit.ratings.informants, fit.ratings.covariates[0].name
    pair = informants[:2] if len(informants) > 1 else None
    check = posterior_predictive(fit, seed=1, n=20)
    places = ba.checks.pit(fit, seed=1, n=8)
    drawn: dict[str, Draw] = {
        "trajectories": lambda: plots.trajectories(fit, individuals=4),
        "trajectories, by": lambda: plots.trajectories(fit, by=by, scale="full"),
        "growth_differences": lambda: plots.growth_differences(fit, by=by),
        "shares": lambda: plots.shares(fit),
        "shares_over_time": lambda: plots.shares_over_time(fit),
        "effects": lambda: plots.effects(fit, rope=(-0.5, 0.5), difference=pair),
        "path_diagram": lambda: plots.path_diagram(fit.spec, fit.ratings),
        "flow": lambda: plots.flow(fit.ratings),
        "rating_distributions": lambda: plots.rating_distributions(check),
        "predictive": lambda: plots.predictive(check),
        "places": lambda: plots.places(places),
    }
    if pair is not None:
        drawn |= {
            "agreement": lambda: plots.agreement(fit),
            "agreement_over_time": lambda: plots.agreement_over_time(fit),
        }
    return drawn


@cache
def of_one_fit() -> dict[str, Draw]:
    """Figures that are much the same for all fits."""
    fit = FITS[LONGEST]()
    short = hand_made.fit(hand_made.FOUR[:3])
    prior = ba.prior_fit(fit.spec, fit.ratings, seed=1).moments["level"]
    effects = ba.random_effects(fit, seed=1, level="child")
    spec = ba.with_covariates(ba.load_model("informant_growth"), {"experience": ("level",)})
    numeric = ba.prior_fit(spec, fit.ratings, seed=1)
    pair = LONG[1:3]
    return {
        "growth_differences": lambda: plots.growth_differences(fit, difference=pair),
        "individual_fits": lambda: plots.individual_fits(fit, ["c1", "c7", "c9"], seed=1),
        "along_covariate": lambda: plots.along_covariate(numeric, "experience"),
        "bland_altman": lambda: plots.bland_altman(fit, pair),
        "caterpillar": lambda: plots.caterpillar(effects, f"{pair[0]},level"),
        "response_surface": lambda: plots.response_surface(*surface_of(short)),
        "convergence": lambda: plots.convergence(fit),
        "ranks": lambda: plots.ranks(fit),
        "traces": lambda: plots.traces(fit),
        "pairs": lambda: plots.pairs(fit),
        "prior_posterior": lambda: plots.prior_posterior(fit.moments["level"], prior),
        "ridgelines": lambda: plots.ridgelines(
            {"these ratings": fit.moments["level"], "prior alone": prior},
            prior={"these ratings": prior},
            text="level (points)",
        ),
    }


@cache
def of_studies() -> dict[str, Draw]:
    """Figures of studies and comparisons."""
    leaving, planned = made_studies.leaving(), assurance()
    return {
        "assurance_by_size": lambda: plots.assurance_by_size(planned, SLOPE),
        "assurance_curves": lambda: plots.assurance_curves(planned, SLOPE),
        "influence": lambda: plots.influence(comparison()),
        "prior_support": lambda: plots.prior_support(study(), "children see less with time"),
        "prior_study": lambda: plots.prior_study(study(), "slope[child]"),
        "power_scaling": lambda: plots.power_scaling(made_studies.power_scaling()),
        "calibration": lambda: plots.calibration(ranks()),
        "in_treatment": lambda: plots.in_treatment(leaving),
        "tipping": lambda: plots.tipping(leaving),
        "two_shifts": lambda: plots.two_shifts(leaving),
    }
