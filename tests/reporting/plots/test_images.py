"""The main figures, compared with pictures that were looked at.

After a change that is meant, draw them again and look at each: in this folder,
``python -m pytest test_images.py --mpl-generate-path=images``.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images

import bayes_alliance as ba
from bayes_alliance.posterior.posterior_predictive import posterior_predictive
from bayes_alliance.reporting import plots
from bayes_alliance.reporting.plots.columns import as_wide_as
from bayes_alliance.reporting.plots.style import DOUBLE, SINGLE
from tests import hand_made
from tests.reporting import made_studies
from tests.reporting.plots.every_figure import FITS, LONG, LONGEST, whole
from tests.reporting.plots.test_question_plots import comparison, surface_of

pytestmark = pytest.mark.builds

IMAGES = Path(__file__).parent / "images"
DOTS = 70  # an inch
same_image: Callable = pytest.mark.mpl_image_compare(
    baseline_dir="images", style="default", tolerance=4, savefig_kwargs={"dpi": DOTS}
)


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def fit() -> ba.Fit:
    return hand_made.fit()


@same_image
def test_trajectories(fit) -> Figure:
    return whole(plots.trajectories(fit))


@same_image
def test_trajectories_with_long_labels() -> Figure:
    return whole(plots.trajectories(hand_made.fit(LONG), individuals=4))


@same_image
def test_trajectories_of_two_groups(fit) -> Figure:
    return whole(plots.trajectories(fit, by="anxiety"))


@same_image
def test_trajectories_in_one_panel(fit) -> Figure:
    with plt.rc_context({"figure.constrained_layout.use": True}):
        return whole(plots.trajectories(fit, ax=plt.subplots(figsize=(3.5, 3))[1]))


@same_image
def test_agreement(fit) -> Figure:
    return whole(plots.agreement(fit))


@same_image
def test_agreement_over_time(fit) -> Figure:
    return whole(plots.agreement_over_time(fit))


@same_image
def test_bland_altman(fit) -> Figure:
    return whole(plots.bland_altman(fit, ("child", "caregiver"), time=8.0))


@same_image
def test_shares(fit) -> Figure:
    return whole(plots.shares(fit, time=4))


@same_image
def test_shares_over_time(fit) -> Figure:
    return whole(plots.shares_over_time(fit))


@same_image
def test_effects(fit) -> Figure:
    pair = ("therapist_of_child", "child")
    return whole(plots.effects(fit, rope=(-0.5, 0.5), difference=pair))


@same_image
def test_caterpillar(fit) -> Figure:
    effects = ba.random_effects(fit, seed=1, level="therapist")
    return whole(plots.caterpillar(effects, "caregiver,level"))


@same_image
def test_response_surface(fit) -> Figure:
    return whole(plots.response_surface(*surface_of(fit)))


@same_image
def test_prior_posterior(fit) -> Figure:
    prior = ba.prior_fit(fit.spec, fit.ratings, seed=1)
    return whole(plots.prior_posterior(fit.moments["level"], prior.moments["level"]))


@same_image
def test_prior_support() -> Figure:
    return whole(plots.prior_support(made_studies.prior_study(), "slope[child] < 0"))


@same_image
def test_power_scaling() -> Figure:
    return whole(plots.power_scaling(made_studies.power_scaling()))


@same_image
def test_tipping() -> Figure:
    return whole(plots.tipping(made_studies.leaving()))


@same_image
def test_in_treatment() -> Figure:
    return whole(plots.in_treatment(made_studies.leaving()))


@same_image
def test_influence() -> Figure:
    return whole(plots.influence(comparison()))


@same_image
def test_rating_distributions(fit) -> Figure:
    # The picture is of a study whose file names no unit of time.
    check = replace(posterior_predictive(fit, seed=1, n=100), unit="")
    return whole(plots.rating_distributions(check))


@same_image
def test_flow(fit) -> Figure:
    return whole(plots.flow(fit.ratings))


@same_image
def test_ranks(fit) -> Figure:
    return whole(plots.ranks(fit, quantity="level[child]"))


@same_image
def test_path_diagram(fit) -> Figure:
    return whole(plots.path_diagram(fit.spec, fit.ratings))


@same_image
def test_growth_differences(fit) -> Figure:
    return whole(plots.growth_differences(fit, by="anxiety"))


@same_image
def test_effects_of_three_groups() -> Figure:
    return whole(plots.effects(FITS[LONGEST]()))


@same_image
def test_traces(fit) -> Figure:
    return whole(plots.traces(fit, quantities=["level[child]", "slope[caregiver]"]))


@same_image
def test_ridgelines(fit) -> Figure:
    prior = ba.prior_fit(fit.spec, fit.ratings, seed=1)
    return whole(
        plots.ridgelines(
            fit.moments["slope"], prior=prior.moments["slope"], text="slope", reference=0.0
        )
    )


@same_image
def test_shares_of_six_informants() -> Figure:
    return whole(plots.shares(FITS["six informants"]()))


@same_image
def test_growth_differences_of_three_groups() -> Figure:
    return whole(plots.growth_differences(FITS[LONGEST](), by="how_the_family_is_treated"))


@pytest.mark.parametrize(("inches", "ending"), [(SINGLE, ""), (DOUBLE, "_in_two_columns")])
@pytest.mark.parametrize("name", FITS)
def test_trajectories_in_columns_are_their_pictures(
    name: str, inches: float, ending: str, tmp_path: Path
) -> None:
    picture = tmp_path / f"{name.replace(',', '').replace(' ', '_')}{ending}.png"
    figure = whole(plots.trajectories(FITS[name]()))
    with plt.style.context("default"), as_wide_as(figure, inches):
        figure.savefig(picture, dpi=DOTS)
    assert compare_images(str(IMAGES / picture.name), str(picture), tol=4) is None


def test_a_figure_that_changes_is_told_from_its_picture(fit, tmp_path) -> None:
    kept = IMAGES / "test_agreement_over_time.png"
    moved = fit.moments.assign(residual_cov=1.3 * fit.moments["residual_cov"])
    group = {"posterior": moved, "sample_stats": fit.stats}
    other = replace(fit, posterior=type(fit.posterior).from_dict(group))
    for found, same in ((fit, True), (other, False)):
        with plt.style.context("default"):
            whole(plots.agreement_over_time(found)).savefig(tmp_path / "now.png", dpi=DOTS)
        differs = compare_images(str(kept), str(tmp_path / "now.png"), tol=4)
        assert (differs is None) == same, differs
