"""What a printed specification says, sentence by sentence, for every option."""

import re
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from bayes_alliance.specification import (
    R2D2,
    Effects,
    Exponential,
    HalfNormal,
    Likelihood,
    ModelSpec,
    Normal,
    RegularizedHorseshoe,
    Residual,
    StudentT,
    Trajectory,
    load_model,
    with_covariates,
)
from bayes_alliance.specification.phrases import at_numbers
from tests.specification.strategies import specifications

GROWTH = load_model("informant_growth")
ALONE = load_model("separate_levels")


def said(spec: ModelSpec) -> str:
    """The printed specification with all blanks single."""
    return " ".join(str(spec).split())


def shaped(trajectory: Trajectory) -> ModelSpec:
    """A model of a shape, with child effects on the level."""
    normal = Normal(mean=0.0, sd=0.2, reason="test")
    averages = dict.fromkeys(trajectory.coefficients, normal)
    kept = {name: ALONE.priors[name] for name in ("child_sd.level", "residual_sd")}
    return replace(ALONE, trajectory=trajectory, priors=averages | kept)


def varying(level: str, effects: Effects) -> ModelSpec:
    """The simplest model with other effects at one level."""
    priors = {**ALONE.priors}
    if level == "child":
        del priors["child_sd.level"]
    for term in effects.terms:
        priors[f"{level}_sd.{term}"] = HalfNormal(scale=0.3, reason="test")
    if effects.structure != "independent":
        priors[f"{level}_cor"] = GROWTH.priors["child_cor"]
    return replace(ALONE, priors=priors, **{level: effects})


@pytest.mark.parametrize(
    ("trajectory", "sentence", "formula"),
    [
        (
            Trajectory(shape="level"),
            "A child's ratings by one informant stay at one level; they do not change.",
            "yᵢₜₖ = levelᵢₖ + eᵢₜₖ",
        ),
        (
            Trajectory(shape="linear"),
            "follow a straight line: a level, read at the time origin, and a slope, the change per "
            "unit of scaled time.",
            "yᵢₜₖ = levelᵢₖ + slopeᵢₖ · sᵢₜ + eᵢₜₖ",
        ),
        (
            Trajectory(shape="quadratic"),
            "follow a curve: a level and a slope, both read at the time origin, and a curvature "
            "(quadratic).",
            "yᵢₜₖ = levelᵢₖ + slopeᵢₖ · sᵢₜ + quadraticᵢₖ · sᵢₜ² + eᵢₜₖ",
        ),
        (
            Trajectory(shape="piecewise", knots=(8,)),
            "follow straight lines joined at the knot 8 (in units of the time column).",
            "yᵢₜₖ = levelᵢₖ + slopeᵢₖ · sᵢₜ + slope_change_1ᵢₖ · (sᵢₜ − κ₁)₊ + eᵢₜₖ",
        ),
        (
            Trajectory(shape="piecewise", knots=(8, 12.5)),
            "joined at the knots 8 and 12.5 (in units of the time column). The line before the "
            "first knot has a level, read at the time origin, and a slope; from each knot on, a "
            "slope change is added to the slope.",
            "slope_change_2ᵢₖ · (sᵢₜ − κ₂)₊ + eᵢₜₖ",
        ),
        (
            Trajectory(shape="occasions", knots=(8, 12)),
            "any course over the occasions, which are categories: a level, read at the time "
            "origin, and changes from there to the occasions at 8 and 12 (in units of the time "
            "column).",
            "yᵢₜₖ = levelᵢₖ + change_1ᵢₖ · h₁(sᵢₜ) + change_2ᵢₖ · h₂(sᵢₜ) + eᵢₜₖ",
        ),
        (
            Trajectory(shape="log_time"),
            "change fast at first and ever more slowly later, along the logarithm of 1 plus scaled "
            "time: a level, read at the time origin, and a slope, the change per unit of scaled "
            "time at the origin.",
            "yᵢₜₖ = levelᵢₖ + slopeᵢₖ · log(1 + sᵢₜ) + eᵢₜₖ",
        ),
        (
            Trajectory(shape="natural_spline", knots=(4, 8, 16)),
            "a natural cubic spline with knots 4, 8 and 16 (in units of the time column; the first "
            "and the last are its boundaries, beyond which it is straight)",
            "yᵢₜₖ = levelᵢₖ + spline_1ᵢₖ · B₁(sᵢₜ) + spline_2ᵢₖ · B₂(sᵢₜ) + eᵢₜₖ",
        ),
    ],
)
def test_the_trajectory_is_said_in_words_and_symbols(
    trajectory: Trajectory, sentence: str, formula: str
) -> None:
    text = said(shaped(trajectory))
    assert sentence in text
    assert formula in text
    assert ("(time − origin) / per" in text) == (trajectory.shape != "level")
    assert ("κ₁" in text) == bool(trajectory.knots)


@pytest.mark.parametrize(
    ("level", "plural", "symbol"),
    [
        ("child", "Children", "u[level]ᵢₖ"),
        ("therapist", "Therapists", "v[level]ⱼₖ"),
        ("clinic", "Clinics", "w[level]ₘₖ"),
    ],
)
def test_each_level_is_said_when_on_and_when_off(level: str, plural: str, symbol: str) -> None:
    one = said(varying(level, Effects(terms=("level",), structure="correlated")))
    assert f"{plural} differ in level; these differences are correlated between informants." in one
    assert f"The model has no {level} effect on slope." in one
    assert symbol in one
    assert f"standard deviations {level}_sd, correlations {level}_cor" in one
    two = said(varying(level, Effects(terms=("level", "slope"), structure="correlated")))
    assert (
        f"{plural} differ in level and slope; these differences are correlated, within an "
        "informant (between level and slope) and between informants."
    ) in two
    assert f"The model has no {level} effect" not in two
    alone = said(varying(level, Effects(terms=("level",), structure="independent")))
    assert f"{plural} differ in level, independently for each informant." in alone
    assert f"standard deviations {level}_sd, no correlations" in alone
    both = said(varying(level, Effects(terms=("level", "slope"), structure="independent")))
    assert (
        f"{plural} differ in level and slope, independently for each informant and each "
        "coefficient."
    ) in both
    factor = said(varying(level, Effects(terms=("level",), structure="common_factor")))
    assert (
        f"{plural} differ in level. Behind the differences in level stands one common factor: "
        "informants agree as far as they follow it, and the rest is each informant's own."
    ) in factor
    assert "are unrelated" not in factor
    assert f"standard deviations {level}_sd, correlations λₖ λₗ between informants" in factor
    assert (
        f"How closely each informant's differences between {plural.lower()} follow the common "
        "factor (correlation with it, up to its arbitrary sign)."
    ) in factor
    factors = said(varying(level, Effects(terms=("level", "slope"), structure="common_factor")))
    assert "Behind the differences in each of these stands one common factor" in factors
    assert (
        "The factors of level and slope are unrelated, so that differences in one tell nothing "
        "about differences in another."
    ) in factors
    slope = said(varying(level, Effects(terms=("slope",), structure="independent")))
    assert f"The model has no {level} effect on level." in slope
    assert symbol not in slope


def test_levels_that_are_off_are_said_to_be_off() -> None:
    text = said(ALONE)
    assert "Therapist effects are off." in text
    assert "Clinic effects are off." in text
    assert "v[level]" not in text
    assert "j: the child's therapist" not in text
    priors = {name: ALONE.priors[name] for name in ("level", "slope", "residual_sd")}
    assert "Child effects are off." in said(replace(ALONE, child=None, priors=priors))


def test_the_residual_is_said() -> None:
    correlated = (
        "The residual of a child's ratings at one occasion is correlated between informants, with "
        "a standard deviation of its own for each informant."
    )
    unrelated = correlated.replace("is correlated between", "is unrelated between")
    assert correlated in said(GROWTH)
    assert "standard deviations residual_sd, correlations residual_cor" in said(GROWTH)
    priors = {name: prior for name, prior in GROWTH.priors.items() if name != "residual_cor"}
    other = said(replace(GROWTH, residual=Residual(structure="independent"), priors=priors))
    assert unrelated in other
    assert "standard deviations residual_sd, no correlations" in other


def test_covariates_are_said() -> None:
    assert "There are no covariates." in said(GROWTH)
    spec = with_covariates(
        GROWTH, {"anxiety": ("level", "slope"), "sex": ("slope",), "mood": ("rating",)}
    )
    text = said(spec)
    assert "anxiety acts on level and slope, for each informant separately." in text
    assert "sex acts on slope, for each informant separately." in text
    assert (
        "mood varies over occasions and acts on the rating itself, for each informant separately."
    ) in text
    assert "levelᵢₖ = γ[level]ₖ + β[level, anxiety]ₖ · anxietyᵢ + v[level]ⱼₖ + u[level]ᵢₖ" in text
    assert "slopeᵢₖ = γ[slope]ₖ + β[slope, anxiety]ₖ · anxietyᵢ + β[slope, sex]ₖ · sexᵢ" in text
    assert "+ δ[mood]ₖ · moodᵢₜ + eᵢₜₖ" in text
    assert "covariate ~ Normal(mean 0, sd 0.25): 95% between −0.49 and 0.49 spreads" in text


def test_options_of_covariates_are_said() -> None:
    spec = with_covariates(
        GROWTH,
        {
            "anxiety": {"on": ("level",), "shared": True},
            "sex": ("level",),
            "anxiety:sex": ("level",),
            "mood": {"on": ("rating",), "within_between": True},
        },
    )
    text = said(spec)
    assert "anxiety acts on level, by one effect for all informants (in spreads of their" in text
    assert (
        "The interaction of anxiety and sex acts on level, for each informant separately." in text
    )
    assert (
        "mood varies over occasions: its deviation from the child's mean acts on the rating itself "
        "(within children), and the child's mean acts on level (between children), for each"
    ) in text
    assert "β[level, anxiety] · spreadₖ · anxietyᵢ + β[level, sex]ₖ · sexᵢ" in text
    assert "β[level, anxiety:sex]ₖ · anxietyᵢ · sexᵢ" in text
    assert "β[level, mood]ₖ · mean moodᵢ" in text
    assert "δ[mood]ₖ · (moodᵢₜ − mean moodᵢ)" in text
    assert "spread: half the range of the informant's scale" in text


def test_priors_that_shrink_effects_are_said() -> None:
    spec = with_covariates(GROWTH, {"anxiety": ("level",)})
    horseshoe = RegularizedHorseshoe(global_scale=0.05, slab_scale=0.25, slab_nu=4, reason="r")
    text = said(replace(spec, priors={**spec.priors, "covariate": horseshoe}))
    assert (
        "covariate ~ RegularizedHorseshoe(global_scale 0.05, slab_scale 0.25, slab_nu 4):" in text
    )
    assert "most near 0, those that are not within about 0.5 spreads" in text
    explained = R2D2(mean=0.2, precision=3, concentration=0.5, reason="r")
    text = said(replace(spec, priors={**spec.priors, "covariate": explained}))
    assert "together 20% of the differences explained on average" in text


def test_the_informants_a_model_is_about_are_said() -> None:
    spec = replace(GROWTH, informants=("child", "caregiver"))
    assert "Only ratings by child and caregiver enter the model; those of other" in said(spec)
    assert "informants child, caregiver" in repr(spec)


def test_the_family_of_the_ratings_is_said() -> None:
    text = said(GROWTH)
    assert "Ratings are normally distributed around what the model expects; the ends" in text
    assert "upper" not in text
    censored = replace(GROWTH, likelihood=Likelihood(family="censored_normal"))
    text = said(censored)
    assert 'a rating at the upper end says "this much or more", one at the lower end' in text
    assert "yᵢₜₖ = upperₖ if y*ᵢₜₖ ≥ upperₖ − hₖ, lowerₖ if y*ᵢₜₖ ≤ lowerₖ + hₖ, else y*ᵢₜₖ" in text
    assert "y*ᵢₜₖ = levelᵢₖ + slopeᵢₖ · sᵢₜ + eᵢₜₖ" in text
    assert "y*: the rating on a scale without ends" in text
    assert repr(censored).endswith("residual correlated; ratings censored normal)")


def test_every_prior_is_printed_with_what_it_expects_and_its_reason() -> None:
    text = said(GROWTH)
    assert "level ~ Normal(mean 0, sd 0.5): 95% between −0.98 and 0.98 spreads from the" in text
    assert "child_sd.slope ~ HalfNormal(scale 0.2): 95% below 0.39 spreads" in text
    assert (
        "child_cor ~ LKJ(eta 1, by coefficient, mean flat): the average correlation of informants "
        "may be any How differences between children go together" in text
    )
    for quantity, prior in GROWTH.priors.items():
        assert f"{quantity} ~ {prior.distribution}(" in text
        assert f"Reason: {at_numbers(prior.reason)}" in text
    assert "For a 12–48 scale the center is 30 and the spread 18 points." in text


def test_signs_of_numbers_in_reasons_are_those_of_print() -> None:
    typed = (
        "half lies between -0.10 and 0.52 (-1 is the least), 95 % of it in 12-48, at one-point\n"
    )
    assert at_numbers(typed) == (
        "half lies between −0.10 and 0.52 (−1 is the least), 95% of it in 12-48, at one-point"
    )


def test_negative_parameters_and_other_families_are_printed() -> None:
    spec = replace(
        ALONE,
        priors={
            **ALONE.priors,
            "slope": StudentT(nu=4, mean=-0.25, scale=0.125, reason="test"),
            "residual_sd": Exponential(rate=2, reason="test"),
        },
    )
    text = said(spec)
    assert "slope ~ StudentT(nu 4, mean −0.25, scale 0.125): 95% between −0.6 and 0.097" in text
    assert "residual_sd ~ Exponential(rate 2): 95% below 1.5 spreads" in text


def test_references_are_printed_in_full_and_unknown_keys_as_they_are() -> None:
    text = said(replace(GROWTH, citations=("accurso2015", "own_paper")))
    assert "Erin C. Accurso & Ann F. Garland (2015). Child, caregiver, and therapist" in text
    assert "Psychological Assessment 27(1):347–352. doi:10.1037/pas0000031" in text
    assert text.endswith("own_paper")
    assert "References" not in said(replace(GROWTH, citations=()))


def test_the_short_form_is_one_line() -> None:
    spec = with_covariates(GROWTH, {"anxiety\nat entry": ("level",)})
    assert repr(spec) == (
        "ModelSpec(informant_growth: linear; child level + slope, correlated; therapist level, "
        "correlated; residual correlated; covariates anxiety at entry)"
    )


@pytest.mark.thorough
@given(spec=specifications())
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
def test_any_specification_prints_within_a_hundred_columns(spec: ModelSpec) -> None:
    lines = str(spec).split("\n")
    assert max(map(len, lines)) <= 100
    for quantity in spec.quantities:
        assert sum(line.strip().startswith(f"{quantity} ~ ") for line in lines) == 1
    assert "\n" not in repr(spec)


def test_the_notebook_form_holds_the_same_and_escapes() -> None:
    spec = replace(with_covariates(GROWTH, {"a<b": ("level",)}), title="<i>mine</i>")
    page = spec._repr_html_()
    assert "<i>mine" not in page
    assert "&lt;i&gt;mine&lt;/i&gt;" in page
    assert "a&lt;b acts on level, for each informant separately." in page
    assert "<td>child_sd.slope</td><td>HalfNormal(scale 0.2)</td>" in page
    assert len(re.findall("<tr>", page)) == len(spec.quantities) + 1
    assert "Accurso" in page
