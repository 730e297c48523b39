from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from bayes_alliance.reporting import tables
from bayes_alliance.specification import load_model
from tests import hand_made


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


@pytest.fixture(scope="module")
def summary(fit):
    return tables.summary(fit).set_index("quantity")


@pytest.fixture(scope="module")
def estimands(fit):
    return tables.estimands(fit).set_index(["estimand", "of"])


def test_the_summary_has_the_fixed_columns(fit):
    columns = [
        "quantity",
        "mean",
        "sd",
        "median",
        "lower",
        "upper",
        "ess_bulk",
        "ess_tail",
        "r_hat",
    ]
    assert list(tables.summary(fit).columns) == columns


def test_the_summary_names_every_quantity_once_and_nothing_the_model_fixes(summary):
    coefficients = [(t, k) for t in ("level", "slope") for k in hand_made.FOUR]
    terms = [f"{k},{t}" for t, k in coefficients]
    levels = [f"{k},level" for k in hand_made.FOUR]
    expected = {f"{t}{of}[{k}]" for t, k in coefficients for of in ("", "_at_reference")}
    expected |= {f"{t}_on[anxiety,{k}]" for t, k in coefficients}
    for name, labels in (("child", terms), ("therapist", levels), ("residual", hand_made.FOUR)):
        expected |= {f"{name}_sd[{label}]" for label in labels}
        expected |= {f"{name}_cor[{a};{b}]" for a, b in combinations(labels, 2)}
    assert summary.index.is_unique
    assert set(summary.index) == expected


def test_the_summary_has_the_chosen_values(summary):
    chosen = {
        "level[child]": 40.0,
        "slope[therapist_of_child]": -0.8,
        "level_on[anxiety,caregiver]": -0.5,
        "child_sd[caregiver,slope]": 0.9,
        "child_cor[child,level;caregiver,slope]": 0.45,
        "therapist_sd[therapist_of_caregiver,level]": 2.0,
        "therapist_cor[child,level;caregiver,level]": 0.36,
        "residual_sd[child]": 3.0,
        "residual_cor[child;caregiver]": 0.18,
    }
    for quantity, value in chosen.items():
        assert summary.loc[quantity, "median"] == pytest.approx(value, abs=1e-12), quantity
    assert summary.loc["level[child]", "lower"] == pytest.approx(40 - 0.4 * 0.95)
    assert summary.loc["child_sd[child,level]", "upper"] == pytest.approx(4 * (1 + 0.05 * 0.95))


def test_an_informant_alone_has_no_correlations():
    names = tables.summary(hand_made.fit(("child",), covariates=False))["quantity"]
    assert "residual_sd[child]" in set(names)
    assert not names.str.startswith(("residual_cor", "therapist_cor")).any()
    assert not tables.estimands(hand_made.fit(("child",)))["estimand"].str.contains("agree").any()


def test_the_estimands_have_the_fixed_columns(fit):
    header = tables.estimands(fit).to_csv(index=False).splitlines()[0]
    labels = "level,coefficient,source,informant,informant_,covariate,time,time_"
    numbers = "mean,sd,median,lower,upper,ess_bulk,r_hat,contraction,prior_driven"
    assert header == f"estimand,of,{labels},{numbers}"


def test_shares_equal_arithmetic_on_the_draws(fit, estimands):
    moments = fit.moments
    child = moments["child_cov"].sel(
        term=["child,level", "child,slope"], term_=["child,level", "child,slope"]
    )
    phi = np.array([1.0, 3.0])  # month 16 is three times four months after month 4
    between = np.einsum("...ij,i,j->...", child.to_numpy(), phi, phi)
    therapist = moments["therapist_cov"].sel(term="child,level", term_="child,level").to_numpy()
    residual = moments["residual_cov"].sel(informant="child", informant_="child").to_numpy()
    effect = (moments["level_on"] + 3.0 * moments["slope_on"]).sel(informant="child")
    # Half of the children have the covariate.
    explained = 0.25 * effect.sel(covariate="anxiety").to_numpy() ** 2
    share = therapist / (between + therapist + residual + explained)
    row = estimands.loc[("variance.shares", "therapist,child,time=16")]
    assert row["mean"] == pytest.approx(share.mean())
    assert row["upper"] == pytest.approx(np.quantile(share, 0.975))


def test_mean_shares_sum_to_one(estimands):
    for informant in hand_made.FOUR:
        total = sum(
            estimands.loc[("variance.shares", f"{source},{informant},time=4"), "mean"]
            for source in ("covariates", "therapist", "child", "occasion")
        )
        assert total == pytest.approx(1.0)


def test_agreement_is_given_for_each_pair_once_at_each_level(estimands):
    of = [label for name, label in estimands.index if name == "agreement.correlation"]
    kinds = ["child,level", "child,slope", "therapist,level"]
    kinds += [f"total,time={time}" for time in (4, 8, 12, 16)]
    pairs = [f"{a};{b}" for a, b in combinations(hand_made.FOUR, 2)]
    kinds += [f"child,time={time}" for time in (4, 8, 12, 16)]
    assert of == [f"{kind},{pair}" for kind in kinds for pair in pairs]
    chosen = estimands.loc[("agreement.correlation", "child,level,child;caregiver"), "median"]
    assert chosen == pytest.approx(0.45)


def test_a_model_whose_levels_alone_vary_is_reported_at_one_time():
    fit = hand_made.fit(model="informant_level", covariates=False)
    of = tables.estimands(fit)["of"]
    assert set(of[of.str.contains("time=")].str.extract(r"time=(\d+)")[0]) == {"4"}


def test_counts_tell_missing_from_not_in_treatment(fit):
    counts = tables.counts(fit.ratings).set_index(["informant", "time"])
    assert counts.loc[("child", "8 months")].tolist() == [7, 1, 4]
    assert counts.loc[("caregiver", "8 months")].tolist() == [8, 0, 4]
    assert counts.loc[("child", "16 months")].tolist() == [6, 0, 6]
    assert list(counts.index.get_level_values(0).unique()) == list(hand_made.FOUR)


def test_children_in_treatment_are_counted_at_each_occasion(fit):
    table = tables.in_treatment(fit.ratings)
    assert table["in_treatment"].tolist() == [12, 8, 6, 6]
    assert table["share"].tolist() == pytest.approx([1, 8 / 12, 0.5, 0.5])


def test_nobody_is_said_to_leave_where_the_study_does_not_tell():
    ratings = hand_made.ratings(treatment=None)
    assert tables.in_treatment(ratings).empty
    assert tables.counts(ratings)["not in treatment"].sum() == 0


def test_observed_means_are_those_of_the_ratings(fit):
    observed = tables.observed(fit.ratings).set_index(["informant", "time"])
    long = fit.ratings.long
    own = long[(long["informant"] == "child") & (long["time"] == 8)]["rating"].dropna()
    row = observed.loc[("child", 8.0)]
    assert row["n"] == 7
    assert row["mean"] == pytest.approx(own.mean())
    assert row["at_ceiling"] == pytest.approx((own == 48).mean())


def test_covariates_are_described_by_their_kind(fit):
    described = tables.covariates(fit.ratings).set_index("covariate")
    assert described.loc["anxiety", "distribution"] == "50% are 1"
    assert described.loc["experience", "distribution"] == "mean 1.5 years (sd 1.29)"
    assert described.loc["experience", "known"] == 4


def test_priors_are_told_in_rating_points(fit):
    table = tables.priors(fit.spec, fit.ratings).set_index("parameter")
    assert set(table.index) == set(fit.spec.priors)
    level = fit.spec.priors["level"]
    lower, upper = (
        30 + 18 * (level.mean - 1.96 * level.sd),
        30 + 18 * (level.mean + 1.96 * level.sd),
    )
    assert table.loc["level", "points"] == f"{lower:.1f} to {upper:.1f}"
    assert table.loc["child_cor", "points"].startswith("correlation −.")
    assert (table["reason"].str.len() > 0).all()


def test_a_prior_that_is_flat_in_the_average_says_so_beside_the_range_of_a_pair():
    fit = hand_made.fit(covariates=False)
    plain = replace(fit.spec.priors["therapist_cor"], mean=None)
    spec = replace(fit.spec, priors=dict(fit.spec.priors) | {"therapist_cor": plain})
    table = tables.priors(spec, fit.ratings).set_index("parameter")
    expected = "the average correlation of informants may be any"
    assert table.loc["child_cor", "points"].endswith(f".97; {expected}")
    assert expected not in table.loc["therapist_cor", "points"]


def test_priors_name_the_informant_where_scales_differ():
    scales = {"child": {"lower": 12, "upper": 48}, "caregiver": {"lower": 0, "upper": 60}}
    fit = hand_made.fit(tuple(scales), covariates=False, scale=scales)
    level = tables.priors(fit.spec, fit.ratings).set_index("parameter").loc["level", "points"]
    child, caregiver = level.split("; ")
    assert child.startswith("child: 12")
    assert caregiver.startswith("caregiver: 0")


def test_the_prior_of_loadings_is_told_as_a_correlation_with_the_factor():
    ratings = hand_made.fit(("child", "caregiver"), covariates=False).ratings
    spec = load_model("common_factor")
    table = tables.priors(spec, ratings).set_index("parameter")
    # Uniform between -1 and 1: LKJ of two rows with eta 1.
    points = table.loc["child_cor", "points"]
    assert points == "correlation with the factor −.95 to .95"
    assert "follow the common factor" in table.loc["child_cor", "stands for"]
    assert table.loc["therapist_cor", "points"].startswith("correlation −.")
