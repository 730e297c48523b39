"""Sampler options are checked before anything is compiled."""

import inspect
import os
import re
import signal
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import bayes_alliance as ba
from bayes_alliance.design import design
from bayes_alliance.errors import InputError
from bayes_alliance.posterior import engines, sampling
from bayes_alliance.posterior.fit import uninterrupted
from bayes_alliance.posterior.sampling import SamplerOptions, checked
from bayes_alliance.posterior.starting import cannot_start
from bayes_alliance.pymc_model import build, start_of
from bayes_alliance.specification import ModelSpec
from tests import hand_made
from tests.small import small_ratings

OPEN = {"draws": 1000, "tune": 400, "target_accept": 0.8}


def test_all_wrong_options_are_reported_at_once() -> None:
    with pytest.raises(InputError) as caught:
        checked({"drawz": 10, "chains": 0, "target_accept": 1.5}, OPEN)
    text = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "Did you mean 'draws'?" in text


@pytest.mark.parametrize("value", [10**12, 0, 2.5, "100", True, None])
def test_counts_are_whole_numbers_a_machine_can_hold(value: object) -> None:
    for name in ("draws", "tune", "chains", "cores"):
        with pytest.raises(InputError, match="a whole number from 1 to 1,000,000"):
            checked({name: value}, OPEN)
    assert checked({"draws": np.int64(50), "target_accept": np.float32(0.5)}, OPEN) == OPEN | {
        "draws": 50,
        "target_accept": 0.5,
        "chains": 4,
        "cores": os.cpu_count(),
    }


def test_the_documented_defaults_are_those_used() -> None:
    ratings = ba.load_example()
    used: dict[str, set[float]] = {"draws": set(), "tune": set(), "target_accept": set()}
    for name in ("informant_growth", "robust", "binomial", "screen_predictors"):
        spec = ba.load_model(name)
        arrays = design(spec, ratings)
        engine = engines.chosen("auto", spec, arrays)
        for option, value in engines.defaults(engine, spec).items():
            used[option].add(value)
    documented = inspect.getdoc(SamplerOptions) or ""
    for values in used.values():
        assert all(f"{value:g}" in documented for value in values)
    assert used["target_accept"] == {float(number) for number in re.findall(r"0\.\d+", documented)}


def test_an_unknown_engine_is_refused() -> None:
    with pytest.raises(InputError, match="one of auto"):
        ba.fit(ba.load_model("informant_level"), small_ratings(), seed=1, engine="stan")


MISSED = np.nan


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([[1, 2, MISSED], [3, 4, 5]], [[1, 2], [3, 4]]),
        ([[1, 2, 3], [MISSED] * 3, [4, 5, MISSED]], [[1, 2], [4, 5]]),
        ([[1, 2, 3, 4], [5, MISSED, MISSED, MISSED]], [[1, 2, 3, 4]]),
    ],
)
def test_of_chains_that_were_interrupted_those_are_kept_that_hold_most_draws_together(
    made: list[list[float]], expected: list[list[float]]
) -> None:
    """As nutpie returns them: what a chain did not reach is not a number, or 0 if it is whole."""
    values = np.array(made)
    dims = ("chain", "draw")
    stats = {"logp": (dims, -values), "n_steps": (dims, np.where(np.isnan(values), 0, 7))}
    tree = xr.DataTree.from_dict(
        {"posterior": xr.Dataset({"a": (dims, values)}), "sample_stats": xr.Dataset(stats)}
    )
    kept = sampling._collected(tree, chains=len(made), draws=values.shape[1])
    assert kept.interrupted
    assert kept.posterior["a"].values.tolist() == expected
    assert kept.gradient_evaluations["sampling"] == 7 * np.isfinite(values).sum()


def test_an_interruption_before_any_draw_leaves_nothing_to_keep() -> None:
    none = {"logp": (("chain", "draw"), np.full((2, 3), np.nan))}
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(), "sample_stats": xr.Dataset(none)})
    with pytest.raises(KeyboardInterrupt):
        sampling._collected(tree, chains=2, draws=4)


def test_an_interrupted_fit_is_no_part_of_something_larger() -> None:
    fit = hand_made.fit()
    assert uninterrupted(fit) is fit
    with pytest.raises(KeyboardInterrupt):
        uninterrupted(replace(fit, interrupted=True))


def of_too_wide_a_prior(spec: ModelSpec) -> ModelSpec:
    """A model of standard deviations whose squares no number can hold."""
    wide = replace(spec.priors["child_sd.level"], scale=1e200)
    return replace(spec, priors=dict(spec.priors) | {"child_sd.level": wide})


FEW = {"draws": 10, "tune": 10, "chains": 1, "progress": False}


@pytest.mark.samples
def test_a_sampler_that_cannot_start_names_what_is_not_finite() -> None:
    spec, ratings = ba.load_model("informant_growth"), small_ratings(n_informants=2)
    with pytest.raises(InputError, match="the sampler cannot start") as caught:
        ba.fit(of_too_wide_a_prior(spec), ratings, seed=1, engine="collapsed", **FEW)
    named = {problem.where for problem in caught.value.problems}
    assert {"child_sd[child,level]", "child_sd[therapist_of_child,level]"} <= named
    assert not {"level[child]", "child_sd[child,slope]", "residual_sd[child]"} & named


@pytest.mark.compiles
def test_what_is_not_finite_where_a_graph_would_start_is_named() -> None:
    spec = of_too_wide_a_prior(ba.without(ba.load_model("informant_level"), "therapist"))
    ratings = small_ratings(n_informants=1)
    names = ["level", "slope", "child_cov", "residual_cov"]
    start = start_of(build(spec, ratings), names, seed=1)
    problems = cannot_start(start, design(spec, ratings)).problems
    assert [problem.where for problem in problems] == ["child_sd[child,level]"]


@pytest.mark.long
def test_a_graph_that_cannot_be_sampled_names_what_is_not_finite() -> None:
    spec = of_too_wide_a_prior(ba.without(ba.load_model("informant_level"), "therapist"))
    with pytest.raises(InputError, match="the sampler cannot start") as caught:
        ba.fit(spec, small_ratings(n_informants=1), seed=1, engine="pymc", **FEW)
    assert [problem.where for problem in caught.value.problems] == ["child_sd[child,level]"]


@pytest.mark.samples
def test_a_sampler_that_cannot_start_because_of_the_ratings_says_so() -> None:
    ratings = small_ratings(n_informants=2)
    long = ratings.long.assign(rating=ratings.long["rating"] * 1e200)
    with pytest.raises(InputError, match="log density of the ratings"):
        ba.fit(
            ba.load_model("informant_growth"),
            replace(ratings, long=long),
            seed=1,
            engine="collapsed",
            **FEW,
        )


@pytest.mark.parametrize("moment", ["while it samples", "while draws are handed over"])
def test_an_interruption_ends_sampling_and_never_loses_draws(
    moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = np.array([[1.0, 2.0], [3.0, 4.0]])
    dims = ("chain", "draw")
    stats = xr.Dataset({"logp": (dims, -made), "n_steps": (dims, np.full((2, 2), 7))})
    tree = xr.DataTree.from_dict(
        {"posterior": xr.Dataset({"a": (dims, made)}), "sample_stats": stats}
    )

    class Sampler:
        @property
        def is_finished(self) -> bool:
            if moment == "while it samples":
                signal.raise_signal(signal.SIGINT)
                raise TimeoutError
            return True

        def wait(self) -> xr.DataTree:
            signal.raise_signal(signal.SIGINT)
            return tree

        abort = wait

    monkeypatch.setattr(sampling.nutpie, "sample", lambda *_, **__: Sampler())
    settings = {"chains": 2, "draws": 2, "tune": 1, "cores": 1, "target_accept": 0.8}
    before = signal.getsignal(signal.SIGINT)
    sampled = sampling.run(None, settings=settings, seed=1, progress=False)
    assert sampled.interrupted
    assert sampled.posterior["a"].values.tolist() == made.tolist()
    assert signal.getsignal(signal.SIGINT) is before
