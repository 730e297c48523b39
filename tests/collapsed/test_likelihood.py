"""The collapsed likelihood equals the density of one big multivariate normal, and so its gradient.

The kernel is fed directly (`Evaluation.given`): residuals without random effects, residual
covariance, weights, stretches, and square roots whose elements are drawn at random; the oracle gets
the covariances they imply.
"""

import ctypes
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import bayes_alliance as ba
from bayes_alliance.collapsed import CollapsedModel, collapse
from bayes_alliance.collapsed.blocks import blocks_of
from bayes_alliance.collapsed.constants import encode
from bayes_alliance.collapsed.evaluation import Evaluation, book_of
from bayes_alliance.collapsed.given import errors
from bayes_alliance.collapsed.kernel.entry import compiled_kernel
from bayes_alliance.collapsed.moments import log_likelihood
from bayes_alliance.collapsed.seating import seat
from bayes_alliance.design import Design
from bayes_alliance.design import design as arrays_of
from tests.collapsed.random_designs import Shape, long_ratings, random_design, shapes, truth_of
from tests.collapsed.test_censored import censored_design
from tests.collapsed.test_completions import SHRINKING, completed_model
from tests.collapsed.test_density import spec_of, specifiable
from tests.dense import covariance, dense_log_likelihood, mean, normal_log_density
from tests.pymc_model.test_items import few_items
from tests.small import small_ratings

SETTINGS = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def random_moments(design: Design, *, seed: int) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """Named moments, and square roots of the covariances of all levels."""
    rng = np.random.default_rng(seed)
    k, t = len(design.informants), len(design.coefficients)
    moments: dict[str, np.ndarray] = {}
    gamma = rng.normal(size=(t, k))
    gamma[0] += 30.0
    beta = [rng.normal(size=k) for _ in range(int(design.covariate_on.sum()))]
    delta = rng.normal(size=(len(design.occasion_covariates), k))
    for c, name in enumerate(design.coefficients):
        moments[name] = gamma[c]
        moments[f"{name}_on"] = np.zeros((len(design.covariates), k))
    for effect, (p, c) in zip(beta, np.argwhere(design.covariate_on), strict=True):
        moments[f"{design.coefficients[c]}_on"][p] = effect
    moments["rating_on"] = delta
    roots = []
    for block in blocks_of(design):
        root = np.zeros((len(block.terms), len(block.columns)))
        for column, rows in enumerate(block.columns):
            root[rows, column] = 2.0 * rng.normal(size=len(rows))
        roots.append(root)
        cov = np.zeros((t * k, t * k))
        cov[np.ix_(block.terms, block.terms)] = root @ root.T
        moments[f"{block.name}_cov"] = cov
    residual = 2.0 * rng.normal(size=(k, k + 2))
    moments["residual_cov"] = residual @ residual.T
    return moments, roots


def evaluation_at(
    design: Design, moments: dict[str, np.ndarray], roots: list[np.ndarray]
) -> Evaluation:
    """The kernel's memory with everything written that makes the ratings normal."""
    evaluation = Evaluation.of(encode(design))
    seating, here = evaluation.constants.seating, evaluation.given
    draws = {name: value[None] for name, value in moments.items()}
    here.error[seating.slot, :, seating.row_lane] = errors(design, draws)[0]
    here.cov[:] = moments["residual_cov"]
    for level, root in enumerate(roots):
        here.root[level, : root.shape[0], : root.shape[1]] = root
    return evaluation


def value_at(evaluation: Evaluation) -> float:
    return evaluation.function()(np.zeros(0))[0]


def dense_value(
    design: Design, moments: dict[str, np.ndarray], *, scale: np.ndarray | None = None
) -> float:
    """Density of all ratings; with scales (R, K) of their residuals, that of the scaled ones."""
    ratings, truth = long_ratings(design), truth_of(moments, design)
    if not len(ratings.rating):
        return 0.0
    if scale is None:
        return dense_log_likelihood(ratings, truth)
    cov, of_rating = covariance(ratings, truth), scale[design.present]
    residual = covariance(
        ratings, replace(truth, child_cov=None, therapist_cov=None, clinic_cov=None)
    )
    cov = cov - residual + residual / np.outer(of_rating, of_rating)
    return normal_log_density(ratings.rating - mean(ratings, truth), cov)


def free(evaluation: Evaluation) -> dict[str, np.ndarray]:
    """Which elements of what is given can vary: those that stand for a rating or an occasion."""
    seating = evaluation.constants.seating
    seats = seating.seats
    members = seats.sets[seats.informant_set].transpose(0, 2, 1) > 0
    mask = {name: np.zeros(a.shape, dtype=bool) for name, a in evaluation.given._asdict().items()}
    mask["error"][seating.slot, :, seating.row_lane] = members[seating.cell, :, seating.row_lane]
    mask["weight"][seating.cell, seating.row_lane] = True
    mask["stretch"][:] = members
    mask["cov"][:] = True
    for level, block in enumerate(evaluation.constants.blocks):
        for column, rows in enumerate(block.columns):
            mask["root"][level, rows, column] = True
    return mask


def log_jacobian(evaluation: Evaluation, mask: dict[str, np.ndarray]) -> float:
    """What the kernel leaves to whoever sets weights and stretches."""
    given, seats = evaluation.given, evaluation.constants.seating.seats
    n_children = np.repeat(seats.n_children, np.diff(seats.cell_start), axis=0)
    n_present = mask["stretch"].sum(axis=1)
    stretches = (np.log(given.stretch) * mask["stretch"]).sum(axis=1)
    return float((n_children * (0.5 * n_present * np.log(given.weight) + stretches)).sum())


def numerical_gradient(evaluation: Evaluation, direction: dict[str, np.ndarray]) -> float:
    """Fourth-order central difference along a direction of everything that is given."""
    start = {name: array.copy() for name, array in evaluation.given._asdict().items()}
    function = evaluation.function()

    def value(step: float) -> float:
        for name, array in start.items():
            getattr(evaluation.given, name)[:] = array + step * direction[name]
        return function(np.zeros(0))[0]

    step = 1e-5
    near, far = value(step) - value(-step), value(2 * step) - value(-2 * step)
    value(0.0)
    return (8 * near - far) / (12 * step)


@given(shape=shapes)
@SETTINGS
def test_value_equals_the_dense_normal_density(shape: Shape) -> None:
    design = random_design(shape)
    moments, roots = random_moments(design, seed=shape.seed)
    evaluation = evaluation_at(design, moments, roots)
    for array in (*evaluation.work, *evaluation.by):
        array[:] = np.nan  # nothing may depend on what the workspace held before
    expected = dense_value(design, moments)
    assert value_at(evaluation) == pytest.approx(expected, rel=1e-9, abs=1e-8)
    assert log_likelihood(design, moments) == pytest.approx(expected, rel=1e-9, abs=1e-8)


def with_weights(evaluation: Evaluation, *, seed: int) -> dict[str, np.ndarray]:
    """Write random weights and stretches; what is free to vary."""
    rng, mask = np.random.default_rng(seed), free(evaluation)
    for name in ("weight", "stretch"):
        array = getattr(evaluation.given, name)
        array[mask[name]] = np.exp(0.4 * rng.normal(size=mask[name].sum()))
    return mask


@given(shape=shapes)
@SETTINGS
def test_weights_and_stretches_scale_the_residuals_of_an_occasion(shape: Shape) -> None:
    design = random_design(replace(shape, own_times=True))
    moments, roots = random_moments(design, seed=shape.seed)
    evaluation = evaluation_at(design, moments, roots)
    mask = with_weights(evaluation, seed=shape.seed)
    seating, scaled = evaluation.constants.seating, evaluation.given
    scale = scaled.stretch * np.sqrt(scaled.weight)[:, None]
    assert value_at(evaluation) + log_jacobian(evaluation, mask) == pytest.approx(
        dense_value(design, moments, scale=scale[seating.cell, :, seating.row_lane]),
        rel=1e-9,
        abs=1e-8,
    )


@given(shape=shapes)
@SETTINGS
def test_gradient_equals_central_differences(shape: Shape) -> None:
    design = random_design(shape)
    evaluation = evaluation_at(design, *random_moments(design, seed=shape.seed))
    mask = with_weights(evaluation, seed=shape.seed)
    value_at(evaluation)
    by = {name: array.copy() for name, array in evaluation.by._asdict().items()}
    rng = np.random.default_rng(shape.seed)
    largest = max(np.abs(by[name][mask[name]]).max(initial=1.0) for name in mask)
    for _ in range(6):
        direction = {name: rng.normal(size=m.shape) * m for name, m in mask.items()}
        direction["cov"] = (direction["cov"] + direction["cov"].T) / 2.0
        expected = numerical_gradient(evaluation, direction)
        slope = sum((by[name][mask[name]] * direction[name][mask[name]]).sum() for name in mask)
        assert slope == pytest.approx(expected, rel=1e-6, abs=1e-6 * largest)


def test_every_single_derivative_equals_central_differences() -> None:
    design = random_design(
        Shape(n_clinics=2, n_covariates=2, n_occasion_covariates=1, therapist_coefficients=2)
    )
    evaluation = evaluation_at(design, *random_moments(design, seed=4))
    mask = with_weights(evaluation, seed=4)
    mask["cov"][:] = False  # symmetric: its elements do not vary one by one
    value_at(evaluation)
    by = {name: array.copy() for name, array in evaluation.by._asdict().items()}
    for name in mask:
        for place in zip(*np.nonzero(mask[name]), strict=True):
            direction = {other: np.zeros(m.shape) for other, m in mask.items()}
            direction[name][place] = 1.0
            expected = numerical_gradient(evaluation, direction)
            assert by[name][place] == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(shape=specifiable)
@SETTINGS
def test_where_no_child_sits_residuals_are_zero(shape: Shape) -> None:
    design = random_design(shape)
    model = collapse(spec_of(design, seed=shape.seed), design)
    evaluation = model.evaluation()
    x = np.random.default_rng(shape.seed).normal(size=model.n_parameters)
    evaluation.given.error[:] = np.nan
    evaluation.function()(x)
    seats = evaluation.constants.seating.seats
    empty = np.repeat(seats.seated, np.diff(seats.slot_start), axis=0) == 0.0
    np.testing.assert_array_equal(evaluation.given.error.transpose(0, 2, 1)[empty], 0.0)
    np.testing.assert_array_equal(evaluation.by.error.transpose(0, 2, 1)[empty], 0.0)


def test_threads_that_share_workspaces_do_not_disturb_each_other() -> None:
    design = random_design(Shape(n_children=40, n_clinics=2, n_covariates=1))
    model = collapse(spec_of(design, seed=1), design)
    points = np.random.default_rng(1).normal(size=(60, model.n_parameters))
    density = model.density()
    expected = [density(point)[0] for point in points]
    evaluations = [model.evaluation() for _ in range(2)]
    book = book_of(evaluations)
    prototype = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_uint64, *[ctypes.c_void_p] * 4)
    kernel = prototype(compiled_kernel().address)

    def value(point: np.ndarray) -> float:
        arrays = (point.copy(), np.zeros_like(point), np.zeros(1), book)
        assert kernel(len(point), *(array.ctypes.data for array in arrays)) == 0
        return arrays[2][0]

    # Twice as many threads as workspaces: some wait.
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(value, points)) == expected


def test_the_kernel_takes_contiguous_arrays_only() -> None:
    evaluation = Evaluation.of(encode(random_design(Shape())))
    turned = evaluation.given._replace(cov=evaluation.given.cov.T[::-1])
    with pytest.raises(ValueError, match="contiguous arrays only"):
        book_of([replace(evaluation, given=turned)])


@pytest.mark.parametrize("own_times", [False, True])
def test_results_do_not_depend_on_what_is_kept_between_the_passes(
    own_times: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    design = random_design(Shape(n_children=60, own_times=own_times, n_clinics=2))
    moments, roots = random_moments(design, seed=1)
    kept = evaluation_at(design, moments, roots)
    value = value_at(kept)
    monkeypatch.setattr("bayes_alliance.collapsed.constants.MOST_KEPT", 0)
    recomputed = evaluation_at(design, moments, roots)
    assert len(recomputed.work.precision) == 1 < len(kept.work.precision)
    assert value_at(recomputed) == value
    for one, other in zip(kept.by, recomputed.by, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("level", ["child", "therapist", "clinic"])
def test_a_standard_deviation_of_zero_is_no_special_case(level: str) -> None:
    design = random_design(Shape(n_clinics=3, n_children=20))
    moments, _ = random_moments(design, seed=2)
    moments[f"{level}_cov"][:] = 0.0
    expected = dense_value(design, moments)
    assert log_likelihood(design, moments) == pytest.approx(expected, rel=1e-10)
    one_missing = moments[f"{level}_cov"].copy()
    one_missing[1, 1] = 4.0
    moments[f"{level}_cov"] = one_missing
    expected = dense_value(design, moments)
    assert log_likelihood(design, moments) == pytest.approx(expected, rel=1e-10)


def test_a_perfect_correlation_is_no_special_case() -> None:
    design = random_design(Shape(n_children=20))
    moments, _ = random_moments(design, seed=2)
    sd = np.array([3.0, 1.0, 2.0, 0.5, 3e-8, 1.0])
    moments["child_cov"] = np.outer(sd, sd)
    expected = dense_value(design, moments)
    assert log_likelihood(design, moments) == pytest.approx(expected, rel=1e-10)


def test_gradient_at_zero_standard_deviations_is_finite_and_right() -> None:
    design = random_design(Shape(n_clinics=2, child="independent", therapist="independent"))
    moments, roots = random_moments(design, seed=2)
    evaluation = evaluation_at(design, moments, [0.0 * root for root in roots])
    value_at(evaluation)
    mask = free(evaluation)
    by = {name: array.copy() for name, array in evaluation.by._asdict().items()}
    assert all(np.isfinite(by[name][mask[name]]).all() for name in mask)
    # The density is even in every standard deviation, so all these derivatives vanish.
    np.testing.assert_array_equal(by["root"][mask["root"]], 0.0)
    direction = {name: np.zeros(m.shape) for name, m in mask.items()}
    direction["error"][mask["error"]] = 1.0
    expected = numerical_gradient(evaluation, direction)
    assert by["error"][mask["error"]].sum() == pytest.approx(expected, rel=1e-7)


def test_a_singular_residual_covariance_has_no_density() -> None:
    design = random_design(Shape())
    moments, _ = random_moments(design, seed=2)
    moments["residual_cov"] = np.zeros_like(moments["residual_cov"])
    assert log_likelihood(design, moments) == -np.inf


@given(shape=shapes)
@settings(SETTINGS, max_examples=15)
def test_the_order_of_children_does_not_matter(shape: Shape) -> None:
    design = random_design(shape)
    rng = np.random.default_rng(shape.seed)
    order = rng.permutation(len(design.children))
    place = np.argsort(order)
    rows = np.argsort(place[design.occasion_child], kind="stable")
    first = [replace(level, parent=level.parent[order]) for level in design.levels[:1]]
    permuted = replace(
        design,
        children=tuple(design.children[i] for i in order),
        levels=(*first, *design.levels[1:]),
        occasion_child=place[design.occasion_child][rows],
        basis=design.basis[rows],
        y=design.y[rows],
        present=design.present[rows],
        x=design.x[order],
        z=design.z[rows],
    )
    moments, _ = random_moments(design, seed=shape.seed)
    assert log_likelihood(permuted, moments) == pytest.approx(
        log_likelihood(design, moments), rel=1e-11
    )


@given(shape=shapes)
@settings(SETTINGS, max_examples=15)
def test_shifting_and_rescaling_ratings_changes_the_density_as_it_must(shape: Shape) -> None:
    design = random_design(shape)
    moments, _ = random_moments(design, seed=shape.seed)
    factor = 2.5
    rescaled = {
        name: value * (factor**2 if name.endswith("_cov") else factor)
        for name, value in moments.items()
    }
    rescaled["level"] = rescaled["level"] + 7.0
    moved = replace(design, y=np.where(design.present, factor * design.y + 7.0, 0.0))
    expected = log_likelihood(design, moments) - design.n_ratings * np.log(factor)
    assert log_likelihood(moved, rescaled) == pytest.approx(expected, rel=1e-9, abs=1e-7)


def test_children_of_one_pattern_share_a_lane_and_all_are_seated_once() -> None:
    design = random_design(Shape(n_children=200, n_informants=2, n_occasions=2, missing=0.1))
    seating = seat(design)
    seats = {*zip(seating.chunk, seating.round, seating.lane, strict=True)}
    assert len(seats) == 200
    pattern_of_lane: dict[tuple[int, int], frozenset[tuple[bytes, bytes]]] = {}
    for child in range(200):
        rows = design.occasion_child == child
        occasions = zip(design.basis[rows], design.present[rows], strict=True)
        pattern = frozenset((basis.tobytes(), present.tobytes()) for basis, present in occasions)
        place = (seating.chunk[child], seating.lane[child])
        assert pattern_of_lane.setdefault(place, pattern) == pattern
    assert len({*pattern_of_lane.values()}) < 40
    seated = seating.seats.seated
    assert seated.sum() == 200
    # Children fill the first lanes of a round.
    np.testing.assert_array_equal(seating.seats.n_seated, seated.sum(axis=1))
    assert (np.diff(seated, axis=1) <= 0.0).all()


def models_of_all_kinds() -> list[CollapsedModel]:
    """Small models that use every completion."""
    shape = Shape(n_clinics=2, n_children=20, n_covariates=1, n_occasion_covariates=1)
    chosen = ((), ("scatter",), ("weights", "missing"), ("related",), ("means",), ("shared",))
    models = [completed_model(shape, *one) for one in (*chosen, *((name,) for name in SHRINKING))]
    design = censored_design(shape, 0.3)
    models.append(collapse(spec_of(design, seed=1), design))
    whole = small_ratings(n_informants=3, missing=0.3, whole=True, leaves=True)
    for name in ("binomial", "growth_with_leaving"):
        spec = ba.load_model(name)
        models.append(collapse(spec, arrays_of(spec, whole)))
    lacking = whole.children["female"].astype(float).mask(whole.children.index == "c2")
    lacking = replace(whole, children=whole.children.assign(female=lacking))
    for name in ("informant_growth", "robust"):
        spec = ba.with_covariates(ba.load_model(name), {"female": ("level",)})
        models.append(collapse(spec, arrays_of(spec, lacking)))
    items = ba.load_model("ordinal_items")
    return [*models, collapse(items, arrays_of(items, few_items(12)))]


@pytest.mark.thorough
def test_no_array_is_read_or_written_beyond_its_end() -> None:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.collapsed.interpreted"],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    *lines, beyond = run.stdout.splitlines()
    assert "out of bounds" in beyond
    for line, model in zip(lines, models_of_all_kinds(), strict=True):
        value, gradient = model.density()(np.zeros(model.n_parameters))
        np.testing.assert_allclose([float(one) for one in line.split()], [value, *gradient])
