"""Atlases: choices that a model allows, weights against fits, and one through the command line."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

import bayes_alliance as ba
from bayes_alliance.cli import app
from bayes_alliance.estimands import leaving
from bayes_alliance.ratings.words import Words
from bayes_alliance.specification.alternatives import Alternative, alternatives
from bayes_alliance.specification.blocks import widened
from bayes_alliance.studies import analyses
from bayes_alliance.studies.analyses import analysed, verdict_of
from bayes_alliance.studies.atlas_words import sentences
from bayes_alliance.studies.conclusions import Conclusion, supports
from bayes_alliance.studies.runner import Place
from tests import hand_made

TWO = ("child", "caregiver")


def made(model: str, **acting: tuple[str, ...]) -> dict[tuple[str, str], Alternative]:
    spec = ba.load_model(model)
    return {
        (one.what, one.setting): one
        for one in alternatives(spec, informants=TWO, covariates=acting)
    }


def test_alternatives_change_one_choice_and_keep_stated_priors() -> None:
    spec, other = ba.load_model("informant_growth"), made("informant_growth", anxiety=("level",))
    for one in other.values():
        if one.spec is not None:
            assert one.spec != spec
            kept = set(one.spec.priors) & set(spec.priors)
            assert all(one.spec.priors[key] == spec.priors[key] for key in kept)
    ceiling = other["ceiling", "ends of the scale censored"].spec
    assert ceiling is not None
    assert ceiling.family == ba.load_model("growth_with_ceiling").family
    tails = other["tails", "residuals with heavy tails"].spec
    assert tails is not None
    assert tails.priors == ba.load_model("robust").priors
    related = other["autocorrelation", "residuals autocorrelated"].spec
    assert related is not None
    assert related.priors == ba.load_model("autoregressive").priors
    curved = other["trajectory", "quadratic, slope at the origin"].spec
    assert curved is not None
    assert curved.priors["quadratic"] == ba.load_model("quadratic_growth").priors["quadratic"]
    flat = other["trajectory", "level"].spec
    assert flat is not None
    assert flat.trajectory.coefficients == ("level",)
    alone = other["informant left out", "child"].spec
    assert alone is not None
    assert alone.informants == ("caregiver",)
    assert other["clinic level", "without"].reason == "the model has no clinic effects"
    acting = other["covariates", "with anxiety"].spec
    assert acting is not None
    assert [term.name for term in acting.covariates] == ["anxiety"]


def test_alternatives_go_back_from_what_a_model_has_and_say_what_does_not_go() -> None:
    ceiling = made("growth_with_ceiling")
    back = ceiling["ceiling", "ends of the scale as they are"].spec
    assert back is not None
    assert back.family.is_normal
    assert "censored_normal" in ceiling["tails", "residuals with heavy tails"].reason
    related = made("autoregressive")["autocorrelation", "residuals unrelated"].spec
    assert related is not None
    assert not related.residual.relates_occasions
    points = made("binomial")
    assert points["autocorrelation", "residuals autocorrelated"].reason


@pytest.mark.parametrize(
    ("support", "verdict"),
    [
        (0.98, "supported"),
        (0.975, "undecided"),
        (0.025, "undecided"),
        (0.02, "contradicted"),
        (None, "not defined"),
    ],
)
def test_a_support_has_a_verdict(support: float | None, verdict: str) -> None:
    assert verdict_of(support) == verdict


def rows(*known: tuple[str, str, float | None, bool | None]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "conclusion": "a > 0",
                "what": what,
                "setting": setting,
                "support": support,
                "verdict": verdict_of(support),
                "prior_driven": driven,
                "mcse": 0.001,
            }
            for what, setting, support, driven in known
        ]
    )


def test_a_sentence_counts_the_analyses_and_names_what_a_conclusion_depends_on() -> None:
    table = rows(
        ("as stated", "", 0.99, False),
        ("ceiling", "ends of the scale censored", 0.93, False),
        ("trajectory", "level", None, None),
        ("prior", "slopes twice as wide", 0.999, True),
    )
    assert list(sentences(table, Words(), n_draws=2000)) == [
        "“a > 0” stands in 2 of 3 analyses; depends on the ceiling (ends of the scale censored: "
        ".930); in 1 of them the prior drives it."
    ]
    open_ = rows(("as stated", "", 0.9, False), ("prior", "slopes twice as wide", 0.98, False))
    assert list(sentences(open_, Words(), n_draws=2000)) == [
        "“a > 0” is undecided in 1 of 2 analyses; this depends on the prior (slopes twice as wide: "
        ".980), 1 of these within Monte-Carlo error of the threshold."
    ]


def test_a_verdict_read_by_weights_is_as_unsure_as_its_own_error_says() -> None:
    table = rows(("as stated", "", 0.99, False), ("prior", "levels twice as wide", 0.962, False))
    (said,) = sentences(table, Words(), n_draws=2000)
    assert "within Monte-Carlo error" not in said
    (said,) = sentences(table.assign(mcse=[0.002, 0.008]), Words(), n_draws=2000)
    assert said.endswith("1 of these within Monte-Carlo error of the threshold.")


def test_priors_under_which_few_draws_have_weight_are_fitted_whatever_their_pareto_k(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = hand_made.fit(TWO, covariates=False)
    shape = (fit.moments.sizes["chain"], fit.moments.sizes["draw"])
    z, other = np.random.default_rng(1).standard_normal((2, *shape))
    held = {"a": other > -1.0}

    def narrow(_fit: ba.Fit, spec: ba.ModelSpec, _block: str) -> np.ndarray:
        return 0.0 * z if spec is fit.spec else -(z**2) * narrower / 2.0

    monkeypatch.setattr(analyses, "log_density", narrow)
    narrower = 0.04**-2
    made = analyses._of_priors(fit, held, {"a": False})
    assert made["rows"] == []
    assert {"slopes twice as wide", "levels twice as narrow"} <= {
        wanted["setting"] for wanted in made["wanted"]
    }
    narrower = 0.5
    made = analyses._of_priors(fit, held, {"a": False})
    assert made["wanted"] == []
    assert {(row["how"], row["mcse"] > 0.0) for row in made["rows"]} == {("reweighted", True)}


def test_ratings_after_leaving_move_averages_as_shifts_do() -> None:
    fit = hand_made.fit(covariates=False)
    unseen = leaving.shifted(fit, by=0.0, curve=True) - leaving.shifted(fit, by=1.0, curve=True)
    moved = analyses._moved(fit, unseen.isel(chain=0, draw=0), 0.1)
    scale = fit.ratings.scales["child"]
    points = 0.1 * 2.0 * scale.spread
    for curve in (False, True):
        there = leaving.shifted(fit, by=points, curve=curve)
        found = leaving.shifted(moved, by=0.0, curve=curve)
        if not curve:
            there = there.transpose(*found.dims)
            np.testing.assert_allclose(found.values, there.values, atol=1e-10)
        else:  # the straight line nearest to it has the same mean
            np.testing.assert_allclose(
                found.mean("time").values, there.mean("time").transpose(*found.mean("time").dims)
            )


def test_weights_leave_out_a_therapist_as_their_densities_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fit = hand_made.fit(TWO, covariates=False)
    one = Conclusion.parse("level[caregiver] > level[child]")
    known = analyses.drawn(fit, [one])
    held = {one.name: analyses.holds(one, known)}
    monkeypatch.setattr("bayes_alliance.studies.support.reliable", lambda _weights, _k: True)
    monkeypatch.setattr("bayes_alliance.studies.support.LEAST_WORTH", 0.0)
    found = analyses._of_therapists(fit, held, {one.name: False}, spec="")
    assert len(found["rows"]) == analyses.MOST_THERAPISTS
    scores = ba.log_scores(fit, of=["therapist"])["therapist_score"]
    row = found["rows"][0]
    weight = np.exp(-scores.sel(therapist=row["setting"]).transpose("chain", "draw").values)
    expected = float((weight * held[one.name]).sum() / weight.sum())
    assert row["support"] == pytest.approx(expected, abs=0.1)


@pytest.mark.samples
@pytest.mark.long
def test_reweighted_priors_are_what_refits_find(tmp_path: Path) -> None:
    ratings = hand_made.ratings(TWO)
    spec = ba.without(ba.load_model("informant_level"), "therapist")
    bound = float(ratings.observed["rating"].mean())
    one = Conclusion.parse(f"level[caregiver] > {bound:.1f}")
    place = Place(out=tmp_path / "atlas", progress=False)
    study = ba.atlas.of(spec, ratings, conclusions=[one], seed=1, draws=400, place=place)
    table = study.table.set_index(["what", "setting"])
    assert study.table["what"].iloc[0] == "as stated"
    narrow = table.loc[("prior", "levels twice as narrow")]
    assert narrow["how"] == "reweighted"
    other = widened(spec, "levels", 0.5)
    refit = ba.fit(other, ratings, seed=5, draws=400, progress=False)
    assert narrow["support"] == pytest.approx(supports(refit, [one])[one.name], abs=0.05)


def run(*arguments: object) -> Result:
    """Run a command as the shell would."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.mark.samples
def test_an_atlas_from_the_command_line_goes_on_after_an_interruption(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_made.ratings(TWO).write(tmp_path / "data")
    out = tmp_path / "atlas"
    arguments = (
        *("atlas", tmp_path / "data" / "ratings.csv"),
        *("--study", tmp_path / "data" / "study.toml", "--out", out, "--draws", 40),
        *("--model", "informant_level", "--conclusion", "level[caregiver] > level[child]"),
    )
    said = run(*arguments[:-1], "level[caregiver] > level[chid]")
    assert said.exit_code == 2
    assert "level[child]" in said.stderr
    made = []

    def two_only(given: dict) -> dict:
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(given["what"])
        return analysed(given)

    monkeypatch.setattr("bayes_alliance.studies.atlas.analysed", two_only)
    said = run(*arguments)
    assert said.exit_code == 130
    assert "goes on from there" in said.stderr
    kept = (out / "results.jsonl").read_text().splitlines()
    assert len(kept) == 2
    monkeypatch.setattr("bayes_alliance.studies.atlas.analysed", analysed)
    said = run(*arguments)
    assert said.exit_code == 0, said.stderr
    assert "of" in said.stdout
    lines = (out / "results.jsonl").read_text().splitlines()
    assert lines[:2] == kept
    assert all(json.loads(line)["error"] is None for line in lines)
    table = pd.read_csv(out / "atlas.csv")
    assert list(table.columns[:5]) == ["conclusion", "what", "setting", "support", "verdict"]
    assert {"prior", "trajectory", "assumption about leaving", "informant left out"} & set(
        table["what"]
    )
    refused = pd.read_csv(out / "not_made.csv")
    assert "clinic level" in set(refused["what"])
    page = (out / "report.html").read_text()
    assert "data:image/svg+xml;base64" in page
    assert "http" not in page.partition("<main>")[2].replace("http://www.w3.org", "")
    # Done once: the same words, and nothing is fitted again.
    assert run(*arguments).stdout == said.stdout
    assert (out / "results.jsonl").read_text().splitlines() == lines
