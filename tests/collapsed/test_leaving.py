"""Leaving treatment in the exact engine: against dense arithmetic and numbers made elsewhere."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from bayes_alliance.collapsed import CollapsedModel, collapse, log_likelihood
from bayes_alliance.collapsed.leavers import completed
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.collapsed.priors import standard_deviation
from bayes_alliance.collapsed.recover import effects_given
from bayes_alliance.design import AtRisk, Design, Level
from bayes_alliance.specification import Leaving, with_leaving
from tests.collapsed.of_coordinates import log_density
from tests.collapsed.random_designs import Shape, random_design
from tests.collapsed.test_completions import lacking, scattering, weighing
from tests.collapsed.test_density import spec_of, specifiable
from tests.collapsed.test_recover import units_at
from tests.dense import normal_log_density
from tests.dense_leaving import joint
from tests.dense_leaving import log_density as dense_log_density

ORACLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "leaving.oracle.json"
with_oracle = pytest.mark.skipif(
    not ORACLE.is_file(), reason="kept beside the checkout and not in the project"
)


def who_leaves(
    design: Design, leaving: Leaving, *, n_times: int, seed: int, n_groups: int = 1
) -> Design:
    """The same design with some who leave; some of the occasions at risk have no ratings."""
    rng = np.random.default_rng([seed, 7])
    n = len(design.children)
    stay = rng.integers(1, n_times + 1, size=n)
    child, interval = np.nonzero(np.arange(n_times - 1) < stay[:, None])
    row_of = {
        (c, t): row
        for row, (c, t) in enumerate(zip(design.occasion_child, design.occasion_time, strict=True))
    }
    return with_rows(design, leaving, child, interval, stay, row_of, n_times, n_groups, rng)


def with_rows(design, leaving, child, interval, stay, row_of, n_times, n_groups, rng) -> Design:
    keys = [(c, float(t)) for c, t in zip(child, interval, strict=True)]
    added = [key for key in keys if key not in row_of]
    row_of |= {key: len(design.y) + place for place, key in enumerate(added)}
    added_time = np.array([t for _, t in added])
    w = rng.normal(size=(len(design.children), len(leaving.covariates)))
    known = [name in design.covariates for name in leaving.covariates]
    column = np.array([0 if there else -1 for there in known], dtype=np.int64)
    for p, there in enumerate(known):
        if there:
            w[:, p] = design.x[:, 0]
    T = len(design.coefficients)
    return replace(
        design,
        leaving=AtRisk(
            times=np.arange(float(n_times)),
            child=child,
            interval=interval,
            left=interval + 1 >= stay[child],
            row=np.array([row_of[key] for key in keys], dtype=np.int64),
            added_child=np.array([c for c, _ in added], dtype=np.int64),
            added_time=added_time,
            added_basis=np.stack([(added_time / 2.0) ** c for c in range(T)], axis=1).reshape(
                -1, T
            ),
            group=rng.integers(0, n_groups, size=len(design.children)),
            groups=() if n_groups == 1 else tuple(f"arm[{g}]" for g in range(n_groups)),
            informants=np.array(
                [
                    k
                    for k, name in enumerate(design.informants)
                    if not leaving.informants or name in leaving.informants
                ]
            ),
            x=w,
            covariates=leaving.covariates,
            covariate_sd=np.linspace(1.0, 2.0, len(leaving.covariates)),
            column=column,
            share=leaving.share,
            acts_now=leaving.acts_now,
            acts_by_slope=leaving.acts_by_slope,
            therapist=leaving.therapist,
        ),
    )


def named(model: CollapsedModel, x: np.ndarray) -> dict[str, np.ndarray]:
    return {name: value[0, 0] for name, (_, value) in moments(model, x[None, None]).items()}


def beyond_likelihood(model: CollapsedModel, x: np.ndarray) -> float:
    """Priors and Jacobians of all coordinates."""
    return sum(float(log_density(c, v)) for c, v in zip(model.layout.coordinates, x, strict=True))


def assert_gradient(model: CollapsedModel, x: np.ndarray, seed: int) -> None:
    """Central differences along two directions, one of them in what is about leaving."""
    density = model.density()
    gradient = density(x)[1].copy()
    rng = np.random.default_rng(seed)
    about = np.array(["leaving" in label for label in model.labels])
    for chosen in (np.ones(len(x)), about):
        direction = rng.normal(size=len(x)) * chosen
        e = 1e-4 * direction
        near = density(x + e)[0] - density(x - e)[0]
        far = density(x + 2 * e)[0] - density(x - 2 * e)[0]
        slope = (8 * near - far) / 12e-4
        assert gradient @ direction == pytest.approx(slope, rel=2e-6, abs=2e-5)


leavings = st.builds(
    lambda follows, slope, therapist, covariate, one: Leaving(
        follows=follows,
        on=("level_now", "slope") if slope else ("level_now",),
        therapist=therapist,
        covariates=("w",) if covariate else (),
        informants=("informant_0",) if one else (),
    ),
    follows=st.sampled_from(["alliance", "rating", "either"]),
    slope=st.booleans(),
    therapist=st.booleans(),
    covariate=st.booleans(),
    one=st.booleans(),
)


def fitting(shape: Shape, leaving: Leaving) -> tuple[Shape, Leaving]:
    """Leave out what the shape has nothing for."""
    on = leaving.on if shape.n_coefficients > 1 else ("level_now",)
    shape = replace(shape, own_times=False)
    return shape, replace(leaving, on=on, therapist=leaving.therapist and shape.n_therapists > 0)


@pytest.mark.thorough
@settings(max_examples=40, deadline=None, derandomize=True)
@given(shape=specifiable, leaving=leavings, n_groups=st.integers(1, 2))
def test_density_and_gradient_equal_those_of_one_normal_of_ratings_and_latent_numbers(
    shape: Shape, leaving: Leaving, n_groups: int
) -> None:
    shape, leaving = fitting(shape, leaving)
    n_times = max(shape.n_occasions, 2)
    design = who_leaves(
        random_design(shape), leaving, n_times=n_times, seed=shape.seed, n_groups=n_groups
    )
    model = collapse(with_leaving(spec_of(design, seed=2), leaving), design)
    x = 0.5 * np.random.default_rng(shape.seed).normal(size=model.n_parameters)
    values = named(model, x)
    assert (np.sign(values["leaving_latent"]) == design.leaving.direction).all()
    expected = beyond_likelihood(model, x) + dense_log_density(design, values)
    assert model.density()(x)[0] == pytest.approx(expected, rel=1e-8, abs=1e-7)
    assert_gradient(model, x, shape.seed)
    again = log_likelihood(*completed(design, {name: v[None] for name, v in values.items()}))
    assert again[0] == pytest.approx(dense_log_density(design, values), rel=1e-8, abs=1e-7)


def test_leaving_goes_with_heavy_tails() -> None:
    leaving = Leaving(follows="alliance", on=("level_now", "slope"), therapist=True)
    design = random_design(Shape(n_informants=3, n_children=9, n_covariates=1, seed=5))
    design = who_leaves(design, leaving, n_times=4, seed=5)
    design, spec = weighing(design, spec_of(design, seed=2))
    model = collapse(with_leaving(spec, leaving), design)
    x = 0.4 * np.random.default_rng(1).normal(size=model.n_parameters)
    values = named(model, x)
    assert_gradient(model, x, 1)
    one = log_likelihood(*completed(design, {name: v[None] for name, v in values.items()}))[0]
    assert one == pytest.approx(dense_log_density(design, values), rel=1e-9)
    # What weights have beside the density of the ratings does not depend on leaving.
    rest = []
    for direction in (x, x + np.array(["leaving" in label for label in model.labels]) * 0.3):
        values = named(model, direction)
        value = model.density()(direction)[0]
        about = sum(
            float(log_density(c, v))
            for c, v in zip(model.layout.coordinates, direction, strict=True)
            if "leaving" in c.label
        )
        rest.append(value - about - dense_log_density(design, values))
    assert rest[0] == pytest.approx(rest[1], abs=1e-8)


def test_leaving_goes_with_scatter_that_differs() -> None:
    leaving = Leaving(follows="alliance")
    design = random_design(Shape(n_informants=3, n_children=9, n_covariates=1, seed=6))
    design, spec = scattering(design, spec_of(design, seed=2))
    design = who_leaves(design, leaving, n_times=4, seed=6)
    model = collapse(with_leaving(spec, leaving), design)
    x = 0.4 * np.random.default_rng(1).normal(size=model.n_parameters)
    assert_gradient(model, x, 1)
    evaluation = model.evaluation()
    evaluation.function()(x)
    values = {name: v[None] for name, v in named(model, x).items()}
    of_kernel = evaluation.point.log_likelihood[0]
    log_scale = -(design.residual_x @ values["residual_sd_on"][0] * design.present).sum()
    whole, given = completed(design, values)
    assert log_likelihood(whole, given)[0] == pytest.approx(of_kernel + log_scale, rel=1e-9)


def test_leaving_goes_with_missing_covariates() -> None:
    leaving = Leaving(on=("level_now", "slope"), covariates=("x0",))
    shape = Shape(n_informants=2, n_children=14, n_covariates=2, n_occasion_covariates=1, seed=8)
    design = lacking(random_design(shape), seed=3)
    design = who_leaves(design, leaving, n_times=4, seed=8)
    model = collapse(with_leaving(spec_of(design, seed=2), leaving), design)
    x = 0.4 * np.random.default_rng(1).normal(size=model.n_parameters)
    for seed in range(3):
        assert_gradient(model, x, seed)
    # With the values in their place it is the same density.
    values = named(model, x)
    filled = design.x.copy()
    for one in design.incomplete:
        of_units = one.values.copy()
        of_units[one.absent] = values[f"missing_{one.name}"]
        filled[:, one.columns[0]] = of_units[one.unit]
    filled[:, 2] = filled[:, 0] * filled[:, 1]
    w = filled[:, :1]
    whole = replace(
        design, x=filled, incomplete=(), products=(), leaving=replace(design.leaving, x=w)
    )
    one = log_likelihood(*completed(design, {name: v[None] for name, v in values.items()}))[0]
    assert one == pytest.approx(dense_log_density(whole, values), rel=1e-9)
    evaluation = model.evaluation()
    evaluation.function()(x)
    assert evaluation.point.log_likelihood[0] == pytest.approx(one, rel=1e-9)


def test_leaving_goes_with_ends_of_the_scale() -> None:
    leaving = Leaving()
    design = random_design(Shape(n_informants=3, n_children=12, n_clinics=2, seed=2))
    design = replace(design, ceiling=design.present & (design.y > 33))
    assert design.ceiling.any()
    design = who_leaves(design, leaving, n_times=4, seed=2)
    model = collapse(with_leaving(spec_of(design, seed=2), leaving), design)
    x = 0.4 * np.random.default_rng(3).normal(size=model.n_parameters)
    values = named(model, x)
    y = design.y.copy()
    y[np.nonzero(design.ceiling)] += values["excess"]
    expected = beyond_likelihood(model, x) + dense_log_density(replace(design, y=y), values)
    assert model.density()(x)[0] == pytest.approx(expected, rel=1e-8)
    assert_gradient(model, x, 2)


def oracle_design(given: dict, leaving: Leaving, stay: list[int]) -> Design:
    """The cohort of the oracle: occasions with any rating, and those without at which at risk."""
    y = np.array(given["Y"], dtype=np.float64)
    n, T, K = y.shape
    child, time = np.nonzero(~np.isnan(y).all(axis=2))
    s = np.array(given["s"])
    values = y[child, time]
    basis = np.stack([np.ones(len(time)), s[time]], axis=1)
    design = replace(
        random_design(Shape(n_informants=K, n_children=n, n_therapists=0)),
        child_terms=np.arange(2 * K),
        levels=(
            Level(
                name="therapist",
                labels=("a", "b", "c"),
                parent=np.array(given["ther"]),
                terms=np.arange(K),
                structure="correlated",
            ),
        ),
        occasion_child=child,
        occasion_time=time.astype(float),
        basis=basis,
        y=np.nan_to_num(values),
        present=~np.isnan(values),
        floor=np.zeros(values.shape, dtype=bool),
        ceiling=np.zeros(values.shape, dtype=bool),
        x=np.array(given["X"])[:, 1:],
        covariates=("x",),
        covariate_on=np.ones((1, 2), dtype=bool),
        covariate_sd=np.ones(1),
        covariate_centre=np.zeros(1),
        z=np.zeros((len(time), 0)),
        scaled_time=s[time],
    )
    stay_of = np.array(stay)
    at, interval = np.nonzero(np.arange(T - 1) < stay_of[:, None])
    row_of = {(c, float(t)): row for row, (c, t) in enumerate(zip(child, time, strict=True))}
    rng = np.random.default_rng(0)
    out = with_rows(design, leaving, at, interval, stay_of, row_of, T, 1, rng)
    added = out.leaving.added_time
    return replace(
        out,
        leaving=replace(
            out.leaving,
            added_basis=np.stack([np.ones(len(added)), added], axis=1),
            x=np.array(given["Wl"]),
        ),
    )


def oracle_moments(given: dict, design: Design, r: np.ndarray) -> dict[str, np.ndarray]:
    Gamma, K = np.array(given["Gamma"]), 2
    gamma = np.array(given["g"][:2])
    h = np.array([given["g"][2], 0.0])
    s = np.array(given["s"])[:-1]
    therapist = np.zeros((4, 4))
    therapist[:2, :2] = given["S_therapist"]
    # Here leaving follows what is away from the average curve.
    mean_level, mean_slope = Gamma[0, :K], Gamma[0, K:]
    away = (mean_level + s[:, None] * mean_slope) @ (gamma + r) + mean_slope @ h
    z = np.array(given["z"], dtype=np.float64)
    return {
        "level": mean_level,
        "slope": mean_slope,
        "level_on": Gamma[1:, :K],
        "slope_on": Gamma[1:, K:],
        "child_cov": np.array(given["S_child"]),
        "therapist_cov": therapist,
        "residual_cov": np.array(given["S_residual"]),
        "leaving_baseline": np.array(given["a"]) + away,
        "leaving_covariate": np.array(given["c"]),
        "leaving_on": gamma,
        "leaving_on_slope": h,
        "leaving_latent": z[design.leaving.child, design.leaving.interval],
    }


ACTS = Leaving(follows="alliance", on=("level_now", "slope"), covariates=("w",))


@with_oracle
def test_ratings_and_latent_numbers_have_the_density_of_the_oracle() -> None:
    known = json.loads(ORACLE.read_text(encoding="utf-8"))
    given, out = known["input"], known["output"]
    design = oracle_design(given, ACTS, given["stay"])
    values = oracle_moments(given, design, np.zeros(2))
    one = {name: value[None] for name, value in values.items()}
    density = log_likelihood(*completed(design, one))[0]
    assert density == pytest.approx(out["log_p_ratings_and_latents"], abs=1e-8)
    assert dense_log_density(design, values) == pytest.approx(density, abs=1e-9)
    assert log_likelihood(design, one)[0] == pytest.approx(out["log_p_ratings"], abs=1e-8)


@with_oracle
@pytest.mark.parametrize("case", ["absent", "complete"])
def test_following_ratings_has_the_density_of_the_oracle(case: str) -> None:
    known = json.loads(ORACLE.read_text(encoding="utf-8"))
    rating = known["case_rating"]
    given = known["input"] | ({"Y": rating["complete"]["Y"]} if case == "complete" else {})
    design = oracle_design(given, ACTS, given["stay"])
    r = np.array(rating["r"])
    values = oracle_moments(given, design, r)
    gamma, h = values["leaving_on"][None], values["leaving_on_slope"][None]
    dense = normal_log_density(*joint(design, values, gamma=gamma, r=r[None], h=h))
    expected = (rating if case == "absent" else rating["complete"])["log_p_ratings_and_latents"]
    assert dense == pytest.approx(expected, abs=1e-8)


@with_oracle
def test_gradients_are_those_of_the_oracle() -> None:
    known = json.loads(ORACLE.read_text(encoding="utf-8"))
    given, by = known["input"], known["output"]["gradient_augmented"]
    design = oracle_design(given, ACTS, given["stay"])
    spec = with_leaving(spec_of(design, seed=2), ACTS)
    model = collapse(spec, design)
    values = oracle_moments(given, design, np.zeros(2))
    x = vector_at(model, values)
    for name, value in named(model, x).items():
        np.testing.assert_allclose(value, values[name], atol=1e-9)
    evaluation = model.evaluation()
    gradient = evaluation.function()(x)[1].copy()
    own = np.array(
        [
            (float(log_density(c, v + 1e-6)) - float(log_density(c, v - 1e-6))) / 2e-6
            for c, v in zip(model.layout.coordinates, x, strict=True)
        ]
    )
    found = gradient - own  # of the log density of ratings and latent numbers alone
    # Each coordinate moves several numbers; those of the oracle are all of them.
    Gamma, s = np.array(given["Gamma"]), np.array(given["s"])[:-1]
    for i in range(len(x)):
        e = np.zeros_like(x)
        e[i] = 1e-5
        up, down = named(model, x + e), named(model, x - e)
        d = {name: (up[name] - down[name]) / 2e-5 for name in up}
        # The baseline of the oracle is that of a child at zero.
        away = {}
        for sign, at in ((1, up), (-1, down)):
            mean = at["level"] + s[:, None] * at["slope"]
            away[sign] = mean @ at["leaving_on"] + at["slope"] @ at["leaving_on_slope"]
        d_a = d["leaving_baseline"] - (away[1] - away[-1]) / 2e-5
        d_gamma = np.stack(
            [
                np.concatenate([d["level"], d["slope"]]),
                np.concatenate([d["level_on"][0], d["slope_on"][0]]),
            ]
        )
        z = np.array(by["z"], dtype=np.float64)[design.leaving.child, design.leaving.interval]
        expected = d_a @ np.array(by["a"]) + d["leaving_covariate"] @ np.array(by["c"])
        expected += d["leaving_on"] @ np.array(by["g"][:2]) + d["leaving_on_slope"][0] * by["g"][2]
        expected += (d_gamma * np.array(by["Gamma"])).sum() + d["leaving_latent"] @ z
        expected += (d["child_cov"] * np.array(by["S_child"])).sum()
        expected += (d["therapist_cov"][:2, :2] * np.array(by["S_therapist"])).sum()
        expected += (d["residual_cov"] * np.array(by["S_residual"])).sum()
        if "leaving_on_slope" in model.labels[i] and "informant_1" in model.labels[i]:
            continue  # which the oracle does not have
        assert found[i] == pytest.approx(expected, rel=1e-6, abs=1e-6), model.labels[i]
    assert len(Gamma) == 2


def vector_at(model: CollapsedModel, values: dict[str, np.ndarray]) -> np.ndarray:
    """Coordinates of named moments, by solving for them."""
    x = np.array(model.layout.start)
    for i, one in enumerate(model.layout.coordinates):
        label, _, of = one.label.partition("[")
        of = of.removesuffix("]")
        who = of.split(",")[-1]
        k = model.design.informants.index(who) if who in model.design.informants else 0
        target = None
        if label in ("level", "slope", "leaving_on", "leaving_on_slope"):
            target = values[label][k]
        elif label in ("level_on", "slope_on"):
            target = values[label][0, k]
        elif label == "leaving_baseline":
            target = values[label][model.design.leaving.intervals.index(of)]
        elif label == "leaving_covariate":
            target = values[label][0]
        if target is not None:
            x[i] = (target - one.location) / one.unit
        if label == "leaving_latent":
            n = model.design.leaving.labels(model.design.children).index(of)
            x[i] = positive(abs(values[label][n]) / one.unit)
    for own in model.layout.covariances:
        cov = values[f"{own.name}_cov"][np.ix_(own.terms, own.terms)]
        sd, L = np.sqrt(np.diag(cov)), np.linalg.cholesky(cov)
        place = own.first_correlation
        for i in range(len(cov)):
            x[own.first_sd + i] = positive(sd[i] / model.layout.coordinates[own.first_sd + i].unit)
            remaining = sd[i]
            for j in range(i):
                partial = L[i, j] / remaining
                x[place] = np.arctanh(partial)
                remaining *= np.sqrt(1 - partial**2)
                place += 1
    return x


def positive(value: float) -> float:
    return optimize.brentq(lambda x: standard_deviation(np.array(x)) - value, -40, 40, xtol=1e-15)


@with_oracle
def test_coefficients_of_children_given_ratings_and_leaving_are_those_of_the_oracle() -> None:
    known = json.loads(ORACLE.read_text(encoding="utf-8"))
    given = known["input"]
    design = oracle_design(given, ACTS, given["stay"])
    values = oracle_moments(given, design, np.zeros(2))
    whole, moments_of_whole = completed(design, {name: v[None] for name, v in values.items()})
    found = units_at(whole, moments_of_whole)
    silence = [np.zeros(level.spread.shape[:2] + level.spread.shape[3:]) for level in found]
    mean = effects_given(found, silence)
    of_ratings = [0, 1, 3, 4]
    theta = np.array(given["X"]) @ np.array(given["Gamma"])
    theta = theta + mean["child"][0][:, of_ratings]
    above = np.zeros((3, 6))
    above[:, found[1].block.terms] = mean["therapist"][0]
    theta += above[given["ther"]][:, of_ratings]
    expected = known["output"]["theta_mean_given_all"]
    np.testing.assert_allclose(theta, expected, atol=1e-8)
