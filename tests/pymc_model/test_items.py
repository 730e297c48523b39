"""Models of single items against independent arithmetic: density, gradient, prior, replicates."""

from dataclasses import replace

import numpy as np
import pymc as pm
import pytest
from pymc.model.transform.conditioning import remove_value_transforms
from pytensor.compile.mode import Mode
from scipy import linalg, special, stats

import bayes_alliance as ba
from bayes_alliance import collapsed
from bayes_alliance.collapsed import CollapsedModel, collapse
from bayes_alliance.collapsed.completions.items import ITEMS, below, between
from bayes_alliance.collapsed.moments import moments
from bayes_alliance.collapsed.priors import standard_deviation
from bayes_alliance.design import Design, design
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.log_prior import log_prior
from bayes_alliance.posterior.replicate import replicated
from bayes_alliance.ratings import Scale
from bayes_alliance.ratings.simulation import INFORMANTS, USUAL_CARE, USUAL_CARE_ITEMS, spread_out
from bayes_alliance.specification import Normal, load_model
from tests.collapsed.test_density import named_moments
from tests.collapsed.values_behind import check, normal_measurements
from tests.pymc_model.points import random_point
from tests.small import small_ratings

pytestmark = pytest.mark.compiles

PYTHON = Mode(linker="py", optimizer="fast_compile")


def few_items(n_items: int = 12, *, families: int = 8, seed: int = 4) -> ba.Ratings:
    """Ratings of the usual-care population with skipped items."""
    made = replace(spread_out(INFORMANTS, n_items), reverse=("2", "3"), skipped=0.2)
    recording = replace(USUAL_CARE_ITEMS, items=made)
    return ba.simulate(families=families, therapists=3, recording=recording, seed=seed)[0]


def thresholds(difficulty: np.ndarray, spacing: np.ndarray, n_steps: int) -> np.ndarray:
    """Steps of one informant's items by plain loops, in units of the scale."""
    n_items = len(difficulty)
    outermost = (n_steps - 1) / n_steps
    weight = np.exp(spacing).reshape(n_items, n_steps - 1)
    gaps = weight / weight.sum() * 2 * outermost * n_items
    steps = np.empty((n_items, n_steps))
    for j in range(n_items):
        steps[j, 0] = difficulty[j] - gaps[j].sum() / 2
        for c in range(1, n_steps):
            steps[j, c] = steps[j, c - 1] + gaps[j, c - 1]
    return steps


def answers(ratings: ba.Ratings) -> list[tuple[tuple[str, float], int, int, int]]:
    """Child and time, informant, item and response above the lowest, from the ratings' table."""
    items = ratings.items
    assert items is not None
    found = []
    for row in ratings.long.to_dict("records"):
        for j, (name, column) in enumerate(zip(items.names, items.columns, strict=True)):
            value = row[column]
            if np.isnan(value):
                continue
            value = items.lower + items.upper - value if name in items.reverse else value
            k = ratings.informants.index(row["informant"])
            found.append(((row["child"], row["time"]), k, j, int(value - items.lower)))
    return found


def log_responses(
    ratings: ba.Ratings, latent: dict, loading: np.ndarray, steps: np.ndarray
) -> float:
    """Log density of all responses; latent by occasion, loading (item, informant)."""
    center, spread = 30.0, 18.0
    total = 0.0
    for occasion, k, j, x in answers(ratings):
        z = (latent[occasion][k] - center) / spread
        edges = np.concatenate([[-np.inf], steps[k, j], [np.inf]])
        low, high = loading[j, k] * (edges[x : x + 2] - z)
        if low > 0:
            low, high = -high, -low
        total += np.log(stats.norm.cdf(high) - stats.norm.cdf(low))
    return total


def point_of(model: pm.Model, seed: int) -> dict[str, np.ndarray]:
    """Random values, differences between items adding up to zero."""
    rng = np.random.default_rng(seed)
    point = random_point(model, rng)
    for name, n in (("item_difficulty", 12), ("item_spacing", 24)):
        values = 0.4 * rng.normal(size=(4, n))
        point[name] = values - values.mean(axis=1, keepdims=True)
    point["item_loading"] = rng.gamma(4.0, 0.5, size=(12, 4))
    return point


class Look:
    """A graph without transforms: its density, parts of it, and what it registers, at a point."""

    def __init__(self, built: pm.Model) -> None:
        # Where sampling starts is not what is looked at, and transforms would need it.
        built.rvs_to_initial_values.update(dict.fromkeys(built.free_RVs))
        self.model = remove_value_transforms(built)
        self.keys = {rv.name: self.model.rvs_to_values[rv].name for rv in self.model.free_RVs}

    def at(self, point: dict) -> dict:
        return {key: point[name] for name, key in self.keys.items()}

    def values(self, point: dict, *names: str) -> list[np.ndarray]:
        model = self.model
        wanted = model.replace_rvs_by_values([model[name] for name in names])
        inputs = [model.rvs_to_values[rv] for rv in model.free_RVs]
        look = model.compile_fn(wanted, inputs=inputs, mode=PYTHON, on_unused_input="ignore")
        return look(self.at(point))


def occasions_of(arrays: Design) -> list[tuple[str, float]]:
    """Child and time of every row of a design."""
    rows = zip(arrays.occasion_child, arrays.occasion_time, strict=True)
    return [(arrays.children[child], time) for child, time in rows]


def test_the_density_of_responses_is_that_of_scipy() -> None:
    ratings = few_items()
    spec = load_model("ordinal_items")
    built = ba.build(spec, ratings)
    look, point = Look(built), point_of(built, 2)
    latent, threshold = look.values(point, "latent", "item_threshold")
    steps = np.stack(
        [thresholds(point["item_difficulty"][k], point["item_spacing"][k], 3) for k in range(4)]
    )
    np.testing.assert_allclose(threshold, 2.5 + 1.5 * steps.transpose(1, 2, 0), rtol=1e-10)
    assert threshold[:, 0].mean(axis=0) == pytest.approx(np.full(4, 1.5))
    assert threshold[:, -1].mean(axis=0) == pytest.approx(np.full(4, 3.5))
    arrays = design(spec, ratings)
    values = np.zeros(arrays.present.shape)
    values[arrays.present] = latent
    known = dict(zip(occasions_of(arrays), values, strict=True))
    expected = log_responses(ratings, known, point["item_loading"], steps)
    found = look.model.compile_logp(vars=[look.model["response"]], mode=PYTHON)(look.at(point))
    assert float(found) == pytest.approx(expected, rel=1e-7)  # OrderedProbit loses digits


def collapsed_at(families: int, seed: int) -> tuple[CollapsedModel, np.ndarray]:
    """The model as the exact engine samples it, and a point of its vector."""
    spec = load_model("ordinal_items")
    model = collapse(spec, design(spec, few_items(families=families)))
    away = np.random.default_rng(seed).uniform(-0.8, 0.8, size=model.n_parameters)
    return model, model.layout.start + away


def test_what_is_sampled_is_the_alliance_with_its_density_and_the_responses() -> None:
    """Responses by SciPy, the alliance behind them by a dense covariance."""
    model, x = collapsed_at(families=3, seed=5)
    arrays, named = model.design, named_moments(model, x)
    at = dict(zip(model.labels, x, strict=True))

    def of(name: str, unit: float) -> np.ndarray:
        """Independent normal numbers by informant."""
        own = [
            [v for label, v in at.items() if label.startswith(name) and label.endswith(f",{k}]")]
            for k in arrays.informants
        ]
        return unit * np.array(own)

    # Contrasts of numbers that are independently normal are so, too, and add up to zero.
    centred = of("item_difficulty", 0.4) @ linalg.helmert(12)
    spacing = of("item_spacing", 0.5) @ linalg.helmert(24)
    steps = np.stack([thresholds(centred[k], spacing[k], 3) for k in range(4)])
    found = named["item_threshold"].transpose(2, 0, 1)
    np.testing.assert_allclose(found, 2.5 + 1.5 * steps, rtol=1e-10)

    loading = named["item_loading"]
    assert loading[1, 0] == pytest.approx(
        0.5 * standard_deviation(at[f"item_loading[2,{arrays.informants[0]}]"])
    )
    rows, informant = np.nonzero(arrays.present)

    def log_observed(values: np.ndarray) -> float:
        alliance = np.zeros(arrays.present.shape)
        alliance[rows, informant] = values
        known = dict(zip(occasions_of(arrays), alliance, strict=True))
        return log_responses(few_items(families=3), known, loading, steps)

    # What responses tell, where items are as far from typical ones as a share of what they are.
    items = arrays.items
    assert items is not None
    typical = np.linspace(-1.0, 1.0, 3) * items.outermost

    def slope(r: int, value: float, share: float = 0.0) -> float:
        k, responses = informant[r], items.values[rows[r], informant[r]]
        own = typical + share * (steps[k] - typical)
        edges = np.pad(own, ((0, 0), (1, 1)), constant_values=((0, 0), (-np.inf, np.inf)))
        slopes = 2.0 * (loading[:, k] / 2.0) ** share
        answered = np.flatnonzero(responses >= 0)
        low, high = (
            slopes[answered] * (edges[answered, responses[answered] + i] - value) for i in (0, 1)
        )
        probability = stats.norm.cdf(high) - stats.norm.cdf(low)
        by_value = (stats.norm.pdf(low) - stats.norm.pdf(high)) / probability
        return float((slopes[answered] * by_value).sum())

    rough = special.logit((arrays.y[arrays.present] - 12.0 + 0.5) / 37.0) / 2.0
    pseudo, variance, modes = normal_measurements(slope, rough, informant)
    # They move as they would if responses were normal, of the same curvature.
    moved = [
        variance[r] * (slope(r, mode, 1e-5) - slope(r, mode, -1e-5)) / 2e-5
        for r, mode in enumerate(modes)
    ]
    length = np.exp(-np.log(loading / 2.0).mean(axis=0))[informant]
    check(
        model,
        x,
        pseudo=30.0 + 18.0 * (pseudo + np.array(moved)),
        variance=(18.0 * length) ** 2 * variance,
        log_observed=log_observed,
    )
    beside = ITEMS.of_ratings(arrays, {name: value[None] for name, value in named.items()})
    assert beside is not None
    found = beside.log_density.sum()
    assert found == pytest.approx(log_observed(named["latent"]), rel=1e-9)


def test_sampling_starts_from_items_that_tell_and_from_the_totals() -> None:
    model, _ = collapsed_at(families=30, seed=1)
    named = named_moments(model, model.initial(3))
    assert named["item_loading"].min() > 1.0
    assert named["item_loading"].max() < 3.0
    apart = named["latent"] - model.design.y[model.design.present]
    assert np.sqrt((apart**2).mean()) < 10.0
    again = collapsed.density.turned(model)
    z = again.initial(3)
    value, gradient = again.log_density_and_gradient(z)
    assert np.isfinite(gradient).all()
    # The same density, of coefficients and items in other coordinates.
    x, root = again.layout.coordinates_of(z), again.layout.turn.root
    assert len(root) == 2 * 4 + 4 * (12 + 11 + 23)
    expected, by_x = model.log_density_and_gradient(x)
    assert value == pytest.approx(expected + np.log(np.diag(root)).sum(), rel=1e-10)
    np.testing.assert_allclose(gradient[: len(root)], root.T @ by_x[: len(root)], rtol=1e-7)


def test_effects_are_drawn_given_the_alliance_and_scores_are_not() -> None:
    model, x = collapsed_at(families=4, seed=5)
    prior = ba.prior_fit(model.spec, few_items(families=4), seed=1, draws=1)
    dims = {name: dims for name, (dims, _) in moments(model, x[None, None]).items()}
    four = {
        name: np.tile(values, (4, 1) + (1,) * values.ndim)
        for name, values in named_moments(model, x).items()
    }
    tree = prior.posterior.copy()
    tree["posterior"] = prior.moments.assign({name: (dims[name], four[name]) for name in four})
    fit = replace(prior, posterior=tree)
    drawn = ba.random_effects(fit, seed=1)["child_effect"]
    assert drawn.shape == (4, 1, 4, 8)
    with pytest.raises(InputError, match="likelihood"):
        ba.log_scores(fit)


def fixed(ratings: ba.Ratings) -> ba.Fit:
    """A fit all of whose draws have the same values."""
    spec = load_model("ordinal_items")
    prior = ba.prior_fit(spec, ratings, seed=1, draws=2)
    made = spread_out(INFORMANTS, 12)
    found = prior.moments
    child, therapist = np.zeros((8, 8)), np.zeros((8, 8))
    child[:4, :4] = 16.0 * (0.5 + 0.5 * np.eye(4))
    therapist[:4, :4] = 4.0 * np.eye(4)
    values = {
        "level": np.array([42.0, 38.0, 45.0, 35.0]),
        "slope": np.array([1.0, -1.0, 0.0, 0.5]),
        "child_cov": child,
        "therapist_cov": therapist,
        "residual_cov": 5.0 * np.eye(4),
    }
    for name, value in values.items():
        found[name] = found[name] * 0.0 + value
    loading = np.stack([made.loading[k] for k in INFORMANTS], axis=-1)
    steps = np.stack([np.array(made.threshold[k]) for k in INFORMANTS], axis=-1)
    found["item_loading"] = found["item_loading"] * 0.0 + loading
    found["item_threshold"] = found["item_threshold"] * 0.0 + steps
    tree = prior.posterior.copy()
    tree["posterior"] = found
    return replace(prior, posterior=tree)


def totals(n: int, *, time: float, seed: int) -> np.ndarray:
    """Totals of `n` families of the values of `fixed` at one time, by the simulator's own items."""
    rng = np.random.default_rng(seed)
    made = spread_out(INFORMANTS, 12)
    level = np.array([42.0, 38.0, 45.0, 35.0]) + np.array([1.0, -1.0, 0.0, 0.5]) * (time - 4) / 4
    shared = rng.normal(size=(n, 1))
    u = 4.0 * (np.sqrt(0.5) * shared + np.sqrt(0.5) * rng.normal(size=(n, 4)))
    alliance = level + u + 2.0 * rng.normal(size=(n, 4)) + np.sqrt(5.0) * rng.normal(size=(n, 4))
    answers = [
        made.responses(alliance[:, k], informant=name, when="now", seed=seed).sum(axis=1)
        for k, name in enumerate(INFORMANTS)
    ]
    return np.column_stack(answers)


def test_expected_ratings_and_the_ceiling_are_those_of_many_families() -> None:
    fit = fixed(few_items())
    seen = totals(40_000, time=8.0, seed=7)
    expected = ba.effects.trajectories(fit, times=[8.0], observed=True)[0, 0, 0].values
    np.testing.assert_allclose(expected, seen.mean(axis=0), atol=4 * 6.0 / np.sqrt(40_000))
    ceiling = ba.effects.at_ceiling(fit, time=8.0)[0, 0].values
    share = (seen == 48.0).mean(axis=0)
    assert share.max() > 0.05
    np.testing.assert_allclose(ceiling, share, atol=4 * np.sqrt(share.max() / 40_000))


def test_observed_agreement_is_that_of_the_totals_of_many_families() -> None:
    fit = fixed(few_items())
    seen = totals(40_000, time=8.0, seed=11)
    d = seen[:, 0] - seen[:, 3]
    pair = {"informant": INFORMANTS[0], "informant_": INFORMANTS[3], "chain": 0, "draw": 0}

    def averaged(index) -> float:
        drawn = [index(fit, time=8.0, observed=True, seed=seed) for seed in range(6)]
        return float(np.mean([one.sel(pair) for one in drawn]))

    assert averaged(ba.agreement.mean_difference) == pytest.approx(d.mean(), abs=0.25)
    second = np.cov(seen[:, 0], seen[:, 3])
    lin = 2 * second[0, 1] / (second[0, 0] + second[1, 1] + d.mean() ** 2)
    assert averaged(ba.agreement.concordance) == pytest.approx(lin, abs=0.03)


def test_replicated_ratings_are_those_of_many_families() -> None:
    fit = fixed(few_items(families=400))
    rating = replicated(fit, seed=3, n=8)
    first = rating.values[:, fit.design.occasion_time == 4.0]
    seen = totals(40_000, time=4.0, seed=9)
    assert set(np.unique(rating.values[~np.isnan(rating.values)] >= 12.0)) == {True}
    np.testing.assert_allclose(np.nanmean(first, axis=(0, 1)), seen.mean(axis=0), atol=0.6)
    np.testing.assert_allclose(np.nanstd(first, axis=(0, 1)), seen.std(axis=0), rtol=0.1)
    given = ~np.isnan(rating.values[0])
    np.testing.assert_array_equal(given, fit.design.present)


def test_reliability_and_loadings_are_those_of_many_families() -> None:
    fit = fixed(few_items())
    n = 20_000
    rng = np.random.default_rng(2)
    made = spread_out(INFORMANTS, 12)
    level, sd = np.array([42.0, 38.0, 45.0, 35.0]), 5.0
    reliability = ba.measurement.reliability(fit)[0, 0].values
    loadings = ba.measurement.loadings(fit)[0, 0].values
    for k, name in enumerate(INFORMANTS):
        alliance = level[k] + sd * rng.normal(size=n)
        # Two answers to the same questionnaire correlate as its reliability says.
        twice = [
            made.responses(alliance, informant=name, when=when, seed=4).sum(axis=1)
            for when in ("once", "again")
        ]
        assert reliability[k] == pytest.approx(np.corrcoef(*twice)[0, 1], abs=0.015)
        noise = rng.normal(size=n) * 1.5 / made.loading[name][0]
        felt = alliance / 12 + noise
        assert loadings[0, k] == pytest.approx(np.corrcoef(felt, alliance)[0, 1], abs=0.02)


def test_prior_draws_keep_the_scale_and_have_their_priors() -> None:
    ratings = few_items()
    spec = load_model("ordinal_items")
    moments = ba.prior_fit(spec, ratings, seed=5, draws=500).moments
    steps = moments["item_threshold"].values
    np.testing.assert_allclose(steps[:, :, :, 0].mean(axis=2), 1.5)
    np.testing.assert_allclose(steps[:, :, :, -1].mean(axis=2), 3.5)
    assert (np.diff(steps, axis=3) > 0).all()
    middle = (steps[:, :, :, 0] + steps[:, :, :, -1]) / 2 - 2.5
    # Twelve deviations from their mean: the sd falls by the root of 11/12.
    assert middle.std() == pytest.approx(1.5 * 0.4 * np.sqrt(11 / 12), rel=0.03)
    loading = moments["item_loading"].values.ravel()
    assert stats.kstest(loading[:2000], stats.gamma(4, scale=0.5).cdf).pvalue > 0.001


def test_the_log_prior_of_items_is_that_of_the_graph() -> None:
    """Up to a constant, which power scaling does not see."""
    ratings = few_items()
    fit = ba.prior_fit(load_model("ordinal_items"), ratings, seed=5, draws=2)
    found = log_prior(fit)
    for draw in range(2):
        one = fit.moments.isel(chain=0, draw=draw)
        unit = (one["item_threshold"].values - 2.5) / 1.5
        middle = (unit[:, 0] + unit[:, -1]) / 2
        gaps = np.log(np.diff(unit, axis=1)).transpose(2, 0, 1).reshape(4, -1)
        gaps -= gaps.mean(axis=1, keepdims=True)
        expected = {
            "item_difficulty": stats.norm(0, 0.4).logpdf(middle).sum()
            - 4 * stats.norm(0, 0.4).logpdf(0),
            "item_spacing": stats.norm(0, 0.5).logpdf(gaps).sum()
            - 4 * stats.norm(0, 0.5).logpdf(0),
            "item_loading": stats.gamma(4, scale=0.5).logpdf(one["item_loading"].values).sum(),
        }
        for name, value in expected.items():
            assert float(found[name][0, draw]) == pytest.approx(value, rel=1e-9)


def test_ratings_with_few_items_answered_count() -> None:
    ratings = few_items(families=30)
    arrays = design(load_model("ordinal_items"), ratings)
    assert arrays.items is not None
    answered = (arrays.items.values >= 0).any(axis=2)
    np.testing.assert_array_equal(answered, arrays.present)
    assert arrays.n_ratings > (ratings.long["status"] == "rated").sum()
    assert (arrays.items.values >= 0).sum() == len(answers(ratings))


@pytest.mark.parametrize(
    ("spec", "ratings", "said"),
    [
        (load_model("ordinal_items"), small_ratings(), "Name the items in the study file"),
        (
            load_model("ordinal_items"),
            ba.simulate(
                families=4,
                therapists=2,
                recording=replace(
                    USUAL_CARE_ITEMS, items=spread_out(INFORMANTS, 36, lower=0, upper=1)
                ),
                population=replace(USUAL_CARE, scale=Scale.bounded(lower=0.0, upper=36.0)),
                seed=1,
            )[0],
            "each needs three responses",
        ),
    ],
)
def test_ratings_a_model_of_items_cannot_use_are_refused(spec, ratings, said) -> None:
    with pytest.raises(InputError, match=said):
        design(spec, ratings)


def test_differences_between_items_have_no_mean_of_their_own() -> None:
    spec = load_model("ordinal_items")
    priors = dict(spec.priors) | {"item_spacing": Normal(mean=0.5, sd=0.5, reason="test")}
    with pytest.raises(InputError, match=r"priors\.item_spacing\.mean"):
        replace(spec, priors=priors)


def test_occasions_of_items_do_not_go_on() -> None:
    spec = load_model("ordinal_items")
    with pytest.raises(InputError, match=r"residual\.autoregression"):
        replace(spec, residual=replace(spec.residual, autoregression=True))


def test_measurement_of_totals_is_refused() -> None:
    fit = ba.prior_fit(load_model("informant_growth"), small_ratings(), seed=1, draws=2)
    with pytest.raises(InputError, match="has no items"):
        ba.measurement.reliability(fit)


@pytest.mark.long
def test_what_made_the_responses_is_recovered() -> None:
    """Against the simulator, which shares no code with the model; two informants, no covariates."""
    kept = ("child", "caregiver")
    population = replace(USUAL_CARE, covariates=(), effects=())
    ratings, truth = ba.simulate(
        population, families=150, therapists=50, recording=USUAL_CARE_ITEMS, seed=12
    )
    spec = replace(load_model("ordinal_items"), informants=kept)
    fit = ba.fit(spec, ratings, seed=2, progress=False, chains=2, draws=500, tune=400)
    summary = ba.tables.summary(fit).set_index("quantity")
    true = truth.table().set_index("quantity")["value"].reindex(summary.index).dropna()
    z = (summary["mean"] - true) / summary["sd"]
    items = z[z.index.str.startswith("item")]
    assert len(items) == 2 * 12 * 4
    assert np.sqrt((items**2).mean()) < 1.3
    assert abs(z).max() < 4.5
    assert np.sqrt((z.dropna() ** 2).mean()) < 1.3
    assert summary["r_hat"].max() < 1.05


@pytest.mark.parametrize(
    ("low", "high"),
    [(-1.0, 0.5), (0.3, 2.0), (-8.0, -6.0), (6.0, 8.0), (-2e10, -20.0), (20.0, 2e10), (-3.0, 2e10)],
)
def test_probabilities_between_points_keep_their_digits(low: float, high: float) -> None:
    log_p, by_low, by_high = between.py_func(low, high)
    if low + high > 0:
        expected = np.log(stats.norm.sf(low) - stats.norm.sf(high))
    else:
        expected = np.log(stats.norm.cdf(high) - stats.norm.cdf(low))
    assert log_p == pytest.approx(expected, rel=1e-6)
    step = 1e-6
    for at, slope in ((0, by_low), (1, by_high)):
        point = [low, high]
        if abs(point[at]) > 1e9:
            assert slope == 0.0
            continue
        ends = []
        for sign in (1, -1):
            moved = list(point)
            moved[at] += sign * step
            ends.append(between.py_func(*moved)[0])
        assert slope == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("a", [-60.0, -26.0, -24.0, -3.0, 0.0, 2.0, 8.0, 40.0])
def test_the_probability_below_a_point_keeps_its_digits(a: float) -> None:
    log_p, slope = below.py_func(a)
    expected = stats.norm.logcdf(a)
    # Farther out it is the first asymptotic term.
    far = a < -25.0
    assert log_p == pytest.approx(expected, rel=1e-5 if far else 1e-12, abs=1e-15)
    exact = np.exp(stats.norm.logpdf(a) - expected)
    assert slope == pytest.approx(exact, rel=2e-3 if far else 1e-12)


@pytest.mark.parametrize(("low", "high"), [(-2e10, -60.0), (-41.0, -40.0), (40.0, 41.0)])
def test_probabilities_far_out_are_finite(low: float, high: float) -> None:
    log_p, by_low, by_high = between.py_func(low, high)
    far = min(abs(low), abs(high))
    assert log_p == pytest.approx(stats.norm.logsf(far), rel=1e-3)
    assert np.isfinite([by_low, by_high]).all()
    assert max(abs(by_low), abs(by_high)) == pytest.approx(far, rel=1e-2)
