"""Missing values of covariates: the graph's density is the sum over all that could be there."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pymc as pm
import pytest
from pytensor.compile.mode import Mode
from scipy import special, stats

import bayes_alliance as ba
from bayes_alliance.design import Design, design
from bayes_alliance.errors import InputError
from bayes_alliance.posterior.engines import chosen
from bayes_alliance.pymc_model import build
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import Likelihood, ModelSpec, with_covariates
from tests.pymc_model import points
from tests.pymc_model.independent import log_density, values_of
from tests.small import small_ratings

# NumPy loops over 32 arrays at the most, so long sums stay sums of two.
PYTHON = Mode(linker="py", optimizer="fast_compile").excluding("local_add_canonizer")
NUMBERS = {"experience": ["t1"], "age": ["c2", "c5"]}
CATEGORIES = {"female": ["c2", "c3"], "ethnicity": ["c3", "c7"]}
KINDS = {"female": (0.0, 1.0), "ethnicity": ("a", "b", "c")}


def holed(*, n_children: int = 9, leaves: bool = False, **absent: list[str]) -> Ratings:
    """Small ratings, with the covariates of some units missing."""
    ratings = small_ratings(n_children=n_children, missing=0.2, at_ends=0.2, leaves=leaves)
    children, therapists = ratings.children.copy(), ratings.therapists.copy()
    for name, units in absent.items():
        frame = therapists if name == "experience" else children
        frame[name] = frame[name].astype("object" if name == "ethnicity" else float)
        frame.loc[units, name] = None if name == "ethnicity" else np.nan
    return replace(ratings, children=children, therapists=therapists)


def model_of(family: str = "normal") -> ModelSpec:
    """A complete covariate, four with missing values, an interaction of two of these."""
    both = ("level", "slope")
    spec = with_covariates(
        ba.load_model("informant_growth"),
        {
            "anxiety": both,
            "female": both,
            "age": both,
            "ethnicity": ("level",),
            "experience": ("level",),
            "age:female": ("level",),
        },
    )
    return replace(spec, likelihood=Likelihood(family=family))


def possible(lacking: dict[str, list[str]]) -> Iterator[dict[str, dict[str, object]]]:
    """Everything that the missing categories of some units may be, all together."""
    holes = [(name, unit) for name, units in lacking.items() for unit in units]
    for combination in product(*(KINDS[name] for name, _ in holes)):
        values: dict[str, dict[str, object]] = {}
        for (name, unit), value in zip(holes, combination, strict=True):
            values.setdefault(name, {})[unit] = value
        yield values


def filled(ratings: Ratings, values: dict[str, dict[str, object]]) -> Ratings:
    """Ratings with missing values given."""
    children, therapists = ratings.children.copy(), ratings.therapists.copy()
    for name, of_unit in values.items():
        frame = therapists if name == "experience" else children
        for unit, value in of_unit.items():
            frame.loc[unit, name] = value
    for name in ("female", "age"):
        children[name] = children[name].astype(float)
    return replace(ratings, children=children, therapists=therapists)


def standard(ratings: Ratings, name: str, known: Ratings) -> np.ndarray:
    """A complete covariate of each child as a regressor: in sds from the mean, or contrasts."""
    values, before = values_of(ratings, name), values_of(known, name).dropna()
    if values.dtype.kind not in "fi":
        return np.column_stack([(values == c).astype(float) for c in sorted(set(before))[1:]])
    if set(values) <= {0, 1}:
        return values.to_numpy(dtype=float)[:, None]
    return ((values - before.mean()) / np.std(before)).to_numpy(dtype=float)[:, None]


def regressed(ratings: Ratings, known: Ratings, given: tuple[str, ...]) -> np.ndarray:
    columns = [standard(ratings, name, known) for name in given]
    return np.hstack(columns) if columns else np.zeros((len(ratings.children), 0))


def independent(spec: ModelSpec, ratings: Ratings, point: dict) -> float:
    """Brute force: every combination of everything missing, over all children at once."""
    total = 0.0
    for name in ("experience", "age"):
        of = f"missing_{name}"
        weights = point.get(f"{of}_weight", np.zeros(0))
        total += stats.norm.logpdf(point[f"{of}_intercept"])
        total += stats.norm.logpdf(weights).sum() + stats.halfnorm.logpdf(point[f"{of}_sd"])
        total += stats.norm.logpdf(point[f"{of}_raw"]).sum()
    therapist = ratings.therapists["experience"]
    seen = therapist[ratings.children["therapist"].unique()]
    # Centre and unit are those over children, as in the design.
    over_children = values_of(ratings, "experience").dropna()
    middle, unit = over_children.mean(), np.std(over_children)
    mean, left = point["missing_experience_intercept"], point["missing_experience_sd"]
    total += stats.norm.logpdf((seen.dropna() - middle) / unit, mean, left).sum()
    given_age = ("anxiety", "experience")
    experience = middle + unit * (mean + left * point["missing_experience_raw"][0])
    step = filled(ratings, {"experience": {"t1": experience}})
    eta = point["missing_age_intercept"] + (
        regressed(step, ratings, given_age) @ point["missing_age_weight"]
    )
    age = ratings.children["age"]
    middle, unit, left = age.mean(), np.std(age.dropna()), point["missing_age_sd"]
    there = age.notna().to_numpy()
    total += stats.norm.logpdf((age[there] - middle) / unit, eta[there], left).sum()
    drawn = middle + unit * (eta[~there] + left * point["missing_age_raw"])
    step = filled(step, {"age": dict(zip(NUMBERS["age"], drawn, strict=True))})
    for name in ("female", "ethnicity"):
        of = f"missing_{name}"
        total += stats.norm.logpdf(point[f"{of}_intercept"], 0, 1.5).sum()
        total += stats.norm.logpdf(point[f"{of}_weight"], 0, 1.5).sum()
    found = []
    for values in possible(CATEGORIES):
        whole = filled(step, values)
        value = log_density(spec, whole, point, known=ratings)
        for name, given in (
            ("female", ("anxiety", "experience", "age")),
            ("ethnicity", ("anxiety", "experience", "age", "female")),
        ):
            names = ("anxiety", "female", "age", "ethnicity", "experience")
            order = [known for known in names if known in given]
            logit = point[f"missing_{name}_intercept"] + (
                regressed(whole, ratings, tuple(order)) @ point[f"missing_{name}_weight"]
            )
            logit = np.hstack([np.zeros((len(logit), 1)), logit])
            own = [KINDS[name].index(v) for v in whole.children[name]]
            probability = special.log_softmax(logit, axis=1)[np.arange(len(own)), own]
            value += probability.sum()
        found.append(value)
    return total + special.logsumexp(found)


@pytest.mark.compiles
@pytest.mark.parametrize("family", ["normal", "censored_normal"])
def test_log_density_sums_over_everything_that_could_be_there(family: str) -> None:
    spec, ratings = model_of(family), holed(**NUMBERS, **CATEGORIES)
    model = build(spec, ratings)
    density, rng = points.log_density(model), np.random.default_rng(2)
    for _ in range(2):
        point = points.random_point(model, rng)
        assert density(point) == pytest.approx(independent(spec, ratings, point), rel=1e-9)


@pytest.mark.compiles
def test_gradient_equals_central_differences() -> None:
    level = ("level",)
    spec = with_covariates(
        ba.without(ba.load_model("informant_level"), "therapist"),
        {"age": level, "female": level, "age:female": level},
    )
    model = build(spec, holed(age=NUMBERS["age"], female=CATEGORIES["female"]))
    logp, dlogp = model.compile_logp(mode=PYTHON), model.compile_dlogp(mode=PYTHON)
    rng = np.random.default_rng(3)
    point = {
        key: np.asarray(value + 0.3 * rng.normal(size=value.shape))
        for key, value in model.initial_point().items()
    }
    gradient, position = np.atleast_1d(dlogp(point)), 0
    for rv in model.value_vars:
        for index in np.ndindex(point[rv.name].shape):
            # Everything else is tested where nothing is missing.
            if "missing" in rv.name or "_on" in rv.name:
                sides = []
                for step in (1e-5, -1e-5):
                    moved = {key: value.copy() for key, value in point.items()}
                    moved[rv.name][index] += step
                    sides.append(float(logp(moved)))
                expected = (sides[0] - sides[1]) / 2e-5
                assert gradient[position] == pytest.approx(expected, rel=1e-5, abs=1e-5)
            position += 1
    assert position == len(gradient)


@pytest.mark.long
def test_what_is_sampled_has_the_same_gradient_compiled_and_not() -> None:
    """The sampler runs the graph compiled by numba; other tests evaluate it node by node."""
    ratings = holed(female=["c2", "c3"])
    alone = ba.without(ba.load_model("separate_levels"), "therapist")
    spec = with_covariates(alone, {"female": ("level",)})
    model = build(spec, ratings)
    point, rng = model.initial_point(), np.random.default_rng(1)
    point = {key: np.asarray(v + 0.2 * rng.normal(size=v.shape)) for key, v in point.items()}
    compiled, plain = (model.compile_dlogp(mode=mode)(point) for mode in ("NUMBA", PYTHON))
    np.testing.assert_allclose(compiled, plain, rtol=1e-8, atol=1e-8)


@pytest.mark.compiles
def test_only_what_is_missing_gets_a_variable() -> None:
    ratings = holed(**NUMBERS, **CATEGORIES)
    model = build(model_of(), ratings)
    assert list(model.coords["missing_age_of"]) == ["c2", "c5"]
    assert list(model.coords["missing_experience_of"]) == ["t1"]
    arrays = design(model_of(), ratings)
    assert [one.name for one in arrays.incomplete] == ["experience", "age", "female", "ethnicity"]
    experience, age, female, ethnicity = arrays.incomplete
    assert experience.given == ()
    assert [arrays.covariates[p] for p in age.given] == ["anxiety", "experience"]
    assert [arrays.covariates[p] for p in female.given] == ["anxiety", "age", "experience"]
    assert [arrays.covariates[p] for p in ethnicity.given][:2] == ["anxiety", "female"]
    whole = build(model_of(), small_ratings())
    assert not any("missing" in name or "given" in name for name in whole.named_vars)
    assert all(np.isfinite(pm.draw(model["missing_age"], random_seed=1, mode=PYTHON)))


def test_missing_values_that_cannot_be_modelled_are_refused_together() -> None:
    ratings = holed()
    occasions = ratings.occasions.copy()
    occasions.loc[:1, "stress"] = np.nan
    spec = with_covariates(model_of(), {"stress": ("rating",)})
    with pytest.raises(InputError, match=r"covariates.stress: missing for \d of \d+ occasions"):
        design(spec, replace(ratings, occasions=occasions))
    everybody = replace(ratings, children=ratings.children.assign(age=np.nan))
    with pytest.raises(InputError, match=r"covariates\.age.*missing for everybody"):
        design(model_of(), everybody)


def test_a_category_missing_for_a_therapist_is_refused() -> None:
    ratings = small_ratings()
    therapists = ratings.therapists.copy()
    therapists["experience"] = [0.0, 1.0, 0.0, np.nan]
    covariates = tuple(
        replace(c, kind="binary") if c.name == "experience" else c for c in ratings.covariates
    )
    with pytest.raises(InputError, match=r"missing for 1 therapists \(t3\).*for children only"):
        design(model_of(), replace(ratings, therapists=therapists, covariates=covariates))


def with_too_many(spec: ModelSpec) -> Design:
    """Ten children of one therapist, all of whom lack a category: more than are summed over."""
    arrays = design(spec, holed(n_children=10, female=["c2"]))
    (one,) = arrays.incomplete
    everybody = replace(one, values=np.full(len(one.values), np.nan))
    (level,) = arrays.levels
    alone = replace(level, labels=level.labels[:1], parent=np.zeros(10, dtype=np.int64))
    return replace(arrays, incomplete=(everybody,), levels=(alone,))


def test_the_collapsed_engine_names_the_engine_that_models_missing_categories() -> None:
    spec = with_covariates(ba.load_model("informant_growth"), {"female": ("level",)})
    arrays = with_too_many(spec)
    assert chosen("auto", spec, arrays) == "pymc"
    with pytest.raises(InputError, match=r'with so many .* one therapist, only engine "pymc"'):
        chosen("collapsed", spec, arrays)


def test_missing_categories_of_counted_points_are_computed_by_the_graph() -> None:
    ratings = small_ratings(n_children=9, missing=0.2, whole=True)
    children = ratings.children.assign(
        female=ratings.children["female"].astype(float).mask(ratings.children.index == "c2")
    )
    spec = with_covariates(ba.load_model("binomial"), {"female": ("level",)})
    arrays = design(spec, replace(ratings, children=children))
    assert chosen("auto", spec, arrays) == "pymc"
    with pytest.raises(InputError, match="beside family 'binomial'"):
        chosen("collapsed", spec, arrays)


def test_autocorrelation_beside_missing_categories_is_no_graph() -> None:
    spec = with_covariates(ba.load_model("autoregressive"), {"female": ("level",)})
    ratings = holed(female=["c2"])
    arrays = design(spec, ratings)
    assert chosen("auto", spec, arrays) == "collapsed"
    for engine, refused in (("pymc", arrays), ("auto", with_too_many(spec))):
        with pytest.raises(InputError, match=r"residual\.autoregression: is no graph .* female"):
            chosen(engine, spec, refused)
    with pytest.raises(InputError, match="no graph beside missing values of female"):
        build(spec, ratings)


@pytest.mark.parametrize("family", ["normal", "censored_normal"])
def test_missing_values_are_computed_by_the_exact_engine(family: str) -> None:
    spec = model_of(family)
    assert chosen("auto", spec, design(spec, holed(**NUMBERS, **CATEGORIES))) == "collapsed"


def test_nobody_is_left_out_for_a_missing_value_and_that_is_said() -> None:
    ratings = holed(age=NUMBERS["age"])
    spec = with_covariates(ba.load_model("separate_levels"), {"age": ("level",)})
    with pytest.warns(UserWarning, match=r"Nobody is left out.*age \(missing for 2 of 9\)"):
        fit = ba.fit(spec, ratings, seed=1, draws=10, tune=10, chains=1, progress=False)
    assert len(fit.design.children) == 9


@pytest.mark.samples
def test_effects_are_recovered_when_covariates_are_missing_at_random() -> None:
    rng = np.random.default_rng(8)
    n = 160
    age, noise = rng.normal(9, 2, n), rng.normal(size=n)
    female = (0.8 * (age - 9) / 2 + rng.logistic(size=n) > 0).astype(float)
    level = 32 + 1.5 * (age - 9) + 5.0 * female + 2.0 * noise
    frame = pd.DataFrame(
        {
            "id": np.repeat([f"c{i}" for i in range(n)], 2),
            "month": np.tile([0.0, 1.0], n),
            "age": np.repeat(age, 2),
            "female": np.repeat(female, 2),
            "child": np.repeat(level, 2) + rng.normal(0, 2.0, 2 * n),
        }
    )
    # Values of those who rate low at first are missing more often: leaving them out would bias.
    low = np.repeat(frame["child"].to_numpy()[::2] < 34, 2)
    for name in ("age", "female"):
        gone = np.repeat(rng.random(n) < 0.35, 2) & low
        frame.loc[gone, name] = np.nan
    study = {
        "layout": "wide",
        "columns": {"child": "id", "time": "month"},
        "informants": {"child": "child"},
        "scale": {"center": 30.0, "spread": 18.0},
        "covariates": {"child": ["age", "female"]},
    }
    ratings = Ratings.from_wide(frame, study=study)
    spec = ba.without(ba.load_model("separate_levels"), "therapist")
    spec = with_covariates(spec, {"age": ("level",), "female": ("level",)})
    with pytest.warns(UserWarning, match=r"Nobody is left out.*age \(missing for \d+ of 160\)"):
        fit = ba.fit(spec, ratings, seed=1, draws=400, tune=400, chains=2, progress=False)
    assert fit.engine == "collapsed"
    effects = fit.moments["level_on"].isel(informant=0)
    for name, true in {"age": 1.5, "female": 5.0}.items():
        draws = effects.sel(covariate=name)
        assert abs(float(draws.mean()) - true) < 3 * float(draws.std())
        assert float(draws.std()) < 0.9
