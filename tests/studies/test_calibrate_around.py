"""Calibration around a fit: observed and replicated families together, and truths from draws."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bayes_alliance.cli import app
from bayes_alliance.collapsed.density import collapse
from bayes_alliance.design import design
from bayes_alliance.posterior.scalars import by_name
from bayes_alliance.ratings.part import of_children
from bayes_alliance.studies import calibrate
from bayes_alliance.studies.calibrate import Sampling
from bayes_alliance.studies.collect import collected
from bayes_alliance.studies.replicates import around
from bayes_alliance.studies.runner import Place
from bayes_alliance.studies.truth import as_json
from tests import hand_made

PAIR = ("child", "caregiver")


def test_observed_and_replicated_families_say_together_what_both_say_alone() -> None:
    fit = hand_made.fit(PAIR)
    one = fit.moments.isel(chain=[1], draw=[7])
    made, truth, both = around(fit.spec, fit.ratings, as_json(one), seed=3)
    assert len(both.children) == 2 * len(fit.ratings.children)
    assert len(both.therapists) == 2 * len(fit.ratings.therapists)
    n = len(fit.ratings.observed)
    observed = both.observed["rating"].iloc[:n].to_numpy()
    np.testing.assert_array_equal(observed, fit.ratings.observed["rating"].to_numpy())
    of_both = collapse(fit.spec, design(fit.spec, both))
    of_observed = collapse(fit.spec, fit.design)
    replicated = of_children(both, both.children.index[len(fit.design.children) :])
    of_replicated = collapse(fit.spec, design(fit.spec, replicated))
    assert of_both.labels == of_observed.labels
    for seed in (1, 2):
        x = of_both.initial(seed)
        alone = of_observed.log_likelihood(x) + of_replicated.log_likelihood(x)
        assert of_both.log_likelihood(x) == pytest.approx(alone, rel=1e-12)
    # Averages over twice the same families are those over the families.
    drawn = {name: values.item() for name, values in by_name(one, fit.design).items()}
    for arrays in (made.design, design(fit.spec, both)):
        values = {name: values.item() for name, values in by_name(truth, arrays).items()}
        assert values == pytest.approx(drawn)


@pytest.mark.samples
def test_truths_are_draws_of_the_fit_and_a_sentence_says_so(tmp_path: Path) -> None:
    fit = hand_made.fit(PAIR, model="informant_level", covariates=False)
    found = calibrate.around(
        fit,
        fits=3,
        sampling=Sampling(chains=1, draws=100, tune=100, thin=10),
        place=Place(out=tmp_path, progress=False),
    )
    assert len(found.ranks) == 3
    assert {"level[child]", "child_sd[child,level]", "residual_sd[caregiver]"} <= set(found.ranks)
    assert found.ranks.to_numpy().min() >= 0
    assert found.ranks.to_numpy().max() <= found.n_draws == 10
    assert "In 3 fits to these ratings together with" in found.check.sentence
    assert "2025" in found.check.reference
    again = collected([tmp_path])
    assert repr(again) == repr(found)


def test_the_command_takes_the_model_of_the_fit_and_no_other(tmp_path: Path) -> None:
    arguments = ["calibrate", "--around", "fit.nc", "--out", str(tmp_path / "study")]
    said = CliRunner().invoke(app, [*arguments, "--model", "robust", "--families", "20"])
    assert said.exit_code == 2
    assert "--model" in said.stderr
    assert "--families" in said.stderr
    assert "is that of the fit" in said.stderr
