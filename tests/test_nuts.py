"""What a process loads before it samples."""

import subprocess
import sys

import pytest

LOADED = """
import sys
import warnings

warnings.simplefilter("ignore")
import bayes_alliance as ba

ratings = ba.load_example("usual_care")
fit = ba.fit(ba.load_model("informant_level"), ratings, seed=1, draws=20, tune=20, progress=False)
ba.checks.convergence(fit)
heavy = {"arviz", "arviz_stats", "arviz_plots", "matplotlib", "scipy.stats", "pymc", "pytensor"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)

import bayes_alliance.reporting.document.report

assert not (heavy - {"matplotlib"}) & set(sys.modules), heavy & set(sys.modules)

import arviz
import nutpie

assert arviz.ess and type(arviz) is type(sys)
assert nutpie.sample.__globals__["arviz"].from_dict is arviz.from_dict
"""


@pytest.mark.thorough
def test_an_exact_fit_loads_nothing_that_draws_and_arviz_is_there_for_who_asks() -> None:
    said = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
