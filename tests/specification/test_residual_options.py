"""Options of the residual and its families: said right, read back, contradictions told."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bayes_alliance.errors import InputError
from bayes_alliance.specification import (
    Beta,
    Likelihood,
    ModelSpec,
    Residual,
    Trajectory,
    load_model,
)
from bayes_alliance.specification.blocks import block_of, widened


def said(spec: ModelSpec) -> str:
    return " ".join(str(spec).split())


def problems(text: str) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        ModelSpec.from_text(text)
    return {problem.where: problem.message for problem in caught.value.problems}


def changed(name: str, *pairs: tuple[str, str]) -> str:
    text = load_model(name).to_toml()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def test_heavy_tails_are_said_in_words_and_symbols() -> None:
    text = said(load_model("robust"))
    assert "follow a Student's t distribution, one for all informants together" in text
    assert "eᵢₜ ~ Student-t(ν, 0, S_residual · (ν − 2) / ν)" in text
    assert "residual_nu ~ 2 + Gamma(alpha 2, beta 0.1): 95% between 4.4 and 58" in text
    assert "no unit: residual_nu." in text
    assert repr(load_model("robust")).endswith("residual correlated; ratings student t)")


def test_a_spread_that_depends_on_covariates_is_said_in_words_and_symbols() -> None:
    spec = load_model("growth_scale")
    text = said(spec)
    assert "This standard deviation depends on anxiety: by a factor" in text
    assert "eᵢₜₖ = rᵢₜₖ · exp(α[anxiety]ₖ · anxietyᵢ) rᵢₜ ~ Normal(0, S_residual)" in text
    assert "rᵢₜ: eᵢₜ as it would be with these covariates at zero" in text
    assert "95% of factors of the standard deviation between 0.61 and 1.6" in text
    assert "residual correlated, sd on anxiety;" in repr(spec)


def test_residuals_that_go_on_are_said_in_words_and_symbols() -> None:
    spec = load_model("autoregressive")
    text = said(spec)
    assert "falls geometrically with the time in between" in text
    assert "Cov(eᵢₜ, eᵢₜ′) = S_residual · residual_autoregression ^ |sᵢₜ − sᵢₜ′|" in text
    assert "residual_autoregression ~ Beta(alpha 1, beta 2): 95% between 0.013 and 0.84" in text
    assert repr(spec).endswith("residual correlated, autoregression)")
    assert "autoregress" not in said(load_model("informant_growth"))


def test_the_symbols_of_a_level_alone_explain_the_time_between_occasions() -> None:
    spec = load_model("informant_level")
    priors = {name: prior for name, prior in spec.priors.items() if name != "slope"}
    level = replace(spec, trajectory=Trajectory(shape="level"), priors=priors)
    assert "s: time of the occasion" not in said(level)
    going_on = replace(
        level,
        residual=Residual(structure="correlated", autoregression=True),
        priors=priors | {"residual_autoregression": Beta(alpha=1, beta=1, reason="test")},
    )
    assert "s: time of the occasion" in said(going_on)


@pytest.mark.parametrize("name", ["robust", "growth_scale", "autoregressive"])
def test_options_survive_writing(name: str) -> None:
    spec = load_model(name)
    again = ModelSpec.from_text(spec.to_toml())
    assert again == spec
    assert hash(again.priors) == hash(spec.priors)


def test_contradictions_of_the_residual_are_told_all_at_once() -> None:
    found = problems(
        changed(
            "growth_scale",
            ('sd_on = [\n    "anxiety",\n]', 'sd_on = ["anxeity"]\nautoregression = true'),
            ('family = "normal"', 'family = "student_t"'),
        )
    )
    assert "Did you mean 'anxiety'?" in found["residual.sd_on"]
    assert 'does not go with family = "student_t"' in found["residual.autoregression"]
    assert "is missing" in found["priors.residual_autoregression"]
    assert "degrees of freedom, above 2" in found["priors.residual_nu"]


@pytest.mark.parametrize(
    ("name", "pair", "where", "message"),
    [
        ("robust", ('family = "student_t"', 'family = "normal"'), "residual_nu", "prior for noth"),
        ("autoregressive", ("autoregression = true\n", ""), "residual_autoregression", "is false"),
        ("growth_scale", ('sd_on = [\n    "anxiety",\n]\n', ""), "residual_sd_on", "no covariate"),
    ],
)
def test_priors_of_options_that_are_off_are_for_nothing(
    name: str, pair: tuple[str, str], where: str, message: str
) -> None:
    assert message in problems(changed(name, pair))[f"priors.{where}"]


def test_a_prior_of_the_wrong_kind_is_refused() -> None:
    wrong = ('distribution = "Beta"\nalpha = 1.0\nbeta = 2.0', 'distribution = "LKJ"\neta = 1.0')
    found = problems(changed("autoregressive", wrong))
    assert "lies between 0 and 1" in found["priors.residual_autoregression.distribution"]


def test_an_interaction_does_not_act_on_the_spread() -> None:
    growth = load_model("growth_scale")
    with pytest.raises(InputError, match="names a covariate twice"):
        Residual(structure="correlated", sd_on=("anxiety", "anxiety"))
    text = growth.to_toml().replace('sd_on = [\n    "anxiety",\n]', 'sd_on = ["anxiety:female"]')
    more = '[covariates]\nfemale = ["level"]\n"anxiety:female" = ["level"]'
    text = text.replace("[covariates]", more)
    assert "is an interaction" in problems(text)["residual.sd_on"]


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 1.0), (0.5, 3.0), (4.0, 2.0)])
def test_the_beta_prior_is_scipys(alpha: float, beta: float) -> None:
    prior = Beta(alpha=alpha, beta=beta, reason="test")
    x = np.array([1e-6, 0.2, 0.7, 1 - 1e-6])
    np.testing.assert_allclose(prior.log_density(x), stats.beta.logpdf(x, alpha, beta), rtol=1e-9)
    assert prior.log_density(-0.1) == prior.log_density(1.1) == -np.inf
    p = np.array([0.025, 0.5, 0.975])
    np.testing.assert_allclose(prior.quantile(p), stats.beta.ppf(p, alpha, beta))


def test_priors_of_the_residual_are_widened_together() -> None:
    spec = load_model("autoregressive")
    assert block_of(spec)["residual_autoregression"] == "residuals"
    wider = widened(spec, "residuals", 2.0).priors["residual_autoregression"]
    assert (wider.alpha, wider.beta) == (0.5, 1.0)


def test_the_normal_family_has_no_degrees_of_freedom() -> None:
    robust = load_model("robust")
    with pytest.raises(InputError, match="prior for nothing"):
        replace(robust, likelihood=Likelihood(family="censored_normal"))
