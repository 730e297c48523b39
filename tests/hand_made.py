"""A posterior made by hand, whose every number is known, for exact tests.

Two chains of fifty draws move every quantity along the same hundred evenly spaced steps between -1
and 1, in shuffled order: the mean and the median are the chosen value exactly, quantiles are those
of the steps. Levels move by 0.4 points, slopes by 0.2, standard deviations by 5 %; correlations are
0.9 of the chosen ones, give or take 0.08 of them. Levels and slopes are averages over the children.
"""

import dataclasses

import numpy as np
import pandas as pd
import xarray as xr

from bayes_alliance.design import design
from bayes_alliance.posterior import moments
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.prior_draws import prior_fit
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec, load_model, with_covariates
from tests.small import own_tables

FOUR = ("child", "therapist_of_child", "caregiver", "therapist_of_caregiver")
CHAINS, DRAWS = 2, 50
LEVEL = (40.0, 36.0, 42.0, 35.0)
SLOPE = (-0.3, -0.8, 0.1, 0.4)
CHILD_SD = {"level": (4.0, 3.0, 3.5, 2.5), "slope": (1.0, 0.8, 0.9, 0.7)}
THERAPIST_SD = (1.0, 2.0, 0.5, 2.0)
RESIDUAL_SD = (3.0, 2.5, 3.2, 2.2)
CHILD_COR, THERAPIST_COR, RESIDUAL_COR = 0.5, 0.4, 0.2
ANXIETY = (0.5, 1.5, -0.5, 1.0)
_FITS: dict[tuple[object, ...], Fit] = {}
_RATINGS: dict[str, Ratings] = {}
STUDY = {
    "title": "Hand-made ratings",
    "synthetic": True,
    "layout": "wide",
    "columns": {"child": "child_id", "therapist": "therapist_id", "time": "month"},
    "scale": {"lower": 12, "upper": 48},
    "time": {"origin": 4, "per": 4, "unit": "months"},
    "treatment": {"in_treatment": "active"},
    "covariates": {"child": ["anxiety"], "therapist": ["experience"]},
    "covariate": {"experience": {"type": "numeric", "unit": "years"}},
}


def steps() -> np.ndarray:
    """The hundred steps between -1 and 1, in order."""
    return np.linspace(-1.0, 1.0, CHAINS * DRAWS)


def ratings(
    informants: tuple[str, ...] = FOUR,
    *,
    covariate: str = "anxiety",
    groups: tuple[object, ...] = (0, 1),
    months: tuple[int, ...] = (4, 8, 12, 16),
    **changes: object,
) -> Ratings:
    """Ratings of twelve children of four therapists at four occasions, or others.

    Children 9 to 12 leave after the first occasion, 7 and 8 after the second; child 1 is not rated
    by the first informant at the second occasion. Values of the covariate of the children are those
    of `groups`, in turn. `changes` replace entries of the study file. Read once for each set of
    arguments; every test has tables of its own.
    """
    key = repr((tuple(informants), covariate, groups, months, sorted(changes.items())))
    if key not in _RATINGS:
        _RATINGS[key] = _read(informants, covariate, groups, months, changes)
    return own_tables(_RATINGS[key])


def _read(
    informants: tuple[str, ...],
    covariate: str,
    groups: tuple[object, ...],
    months: tuple[int, ...],
    changes: dict[str, object],
) -> Ratings:
    rng = np.random.default_rng(1)
    rows = []
    for child in range(1, 13):
        for occasion, month in enumerate(months):
            active = not (child >= 9 and occasion >= 1) and not (child >= 7 and occasion >= 2)
            row: dict[str, object] = {
                "child_id": f"c{child}",
                "therapist_id": f"t{(child - 1) // 3 + 1}",
                "month": month,
                "active": int(active),
                covariate: groups[child % len(groups)],
                "experience": float((child - 1) // 3),
            }
            for position, informant in enumerate(informants):
                level = LEVEL[position % 4] + 3.0 * rng.standard_normal()
                seen = active and not (child == 1 and occasion == 1 and position == 0)
                row[f"rating {informant}"] = (
                    float(np.clip(np.round(level), 12, 48)) if seen else np.nan
                )
            rows.append(row)
    described = STUDY | {"covariates": {"child": [covariate], "therapist": ["experience"]}}
    study = described | {"informants": {name: f"rating {name}" for name in informants}} | changes
    return Ratings.from_wide(
        pd.DataFrame(rows),
        study={key: value for key, value in study.items() if value is not None},
    )


def fit(
    informants: tuple[str, ...] = FOUR,
    *,
    model: str = "informant_growth",
    covariates: bool = True,
    covariate: str = "anxiety",
    **changes: object,
) -> Fit:
    """A fit with the values of this module; `changes` are those of the study file.

    `covariate` is what the one of the children is called.

    Made once for each set of arguments: fits are values, which no test may change.
    """
    key = (tuple(informants), model, covariates, covariate, repr(sorted(changes.items())))
    if key not in _FITS:
        acting = covariate if covariates else None
        _FITS[key] = _made(tuple(informants), model, acting, changes | {"covariate": covariate})
    return _FITS[key]


def _made(
    informants: tuple[str, ...], model: str, acting: str | None, changes: dict[str, object]
) -> Fit:
    spec: ModelSpec = load_model(model)
    if acting is not None:
        grows = tuple(spec.trajectory.coefficients)
        spec = with_covariates(spec, {acting: grows})
    data = ratings(informants, **changes)
    arrays = design(spec, data)
    n_informants = len(informants)
    order = np.random.default_rng(7)
    names = arrays.coefficients

    def step() -> np.ndarray:
        return order.permutation(steps()).reshape(CHAINS, DRAWS)

    def moved(values: tuple[float, ...], by: float) -> np.ndarray:
        chosen = [values[k % len(values)] for k in range(n_informants)]
        return np.stack([value + by * step() for value in chosen], axis=-1)

    def cov(sds: list[float], cor: float) -> np.ndarray:
        n_terms = len(sds)
        off = cor * (0.9 + 0.08 * step())[..., None, None]
        matrix = np.where(np.eye(n_terms, dtype=bool), 1.0, off)
        sd = np.array(sds) * np.stack([1 + 0.05 * step() for _ in sds], axis=-1)
        return matrix * sd[..., :, None] * sd[..., None, :]

    values = {"level": LEVEL, "slope": SLOPE}
    informant, terms = ("chain", "draw", "informant"), ("chain", "draw", "term", "term_")
    variables: dict[str, tuple[tuple[str, ...], np.ndarray]] = {
        name: (informant, moved(values[name], 0.4 if name == "level" else 0.2)) for name in names
    }
    if acting is not None:
        for name in names:
            own = ANXIETY if name == "level" else tuple(0.2 * value for value in ANXIETY)
            effect = np.stack([moved(own, 0.4) for _ in arrays.covariates], axis=2)
            variables[f"{name}_on"] = (("chain", "draw", "covariate", "informant"), effect)
            # The chosen values are averages over the children, of whom some have the covariate.
            average = variables[name][1]
            shift = np.einsum("p,cdpk->cdk", arrays.x.mean(axis=0), effect)
            variables[name] = (informant, average - shift)
    variables["child_cov"] = (
        terms,
        cov([CHILD_SD[name][k % 4] for name in names for k in range(n_informants)], CHILD_COR),
    )
    n_terms = len(arrays.terms)
    therapist = np.zeros((CHAINS, DRAWS, n_terms, n_terms))
    therapist[..., :n_informants, :n_informants] = cov(
        [THERAPIST_SD[k % 4] for k in range(n_informants)], THERAPIST_COR
    )
    variables["therapist_cov"] = (terms, therapist)
    variables["residual_cov"] = (
        ("chain", "draw", "informant", "informant_"),
        cov([RESIDUAL_SD[k % 4] for k in range(n_informants)], RESIDUAL_COR),
    )
    for _, values_of_all in variables.values():
        values_of_all.flags.writeable = False  # shared by all tests of a process
    chain_draw = {"chain": np.arange(CHAINS), "draw": np.arange(DRAWS)}
    posterior = xr.Dataset(variables, coords=chain_draw | moments.coords(arrays))
    energy = np.random.default_rng(3).standard_normal((CHAINS, DRAWS))
    stats = xr.Dataset(
        {
            "diverging": (("chain", "draw"), np.zeros((CHAINS, DRAWS), dtype=bool)),
            "energy": (("chain", "draw"), energy),
        },
        coords=chain_draw,
    )
    return Fit(
        spec=spec,
        ratings=data,
        posterior=xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats}),
        engine="pymc",
        seed=1,
        versions={"bayes-alliance": "0.0", "python": "3.12"},
        seconds={"compile": 1.0, "sample": 2.0},
        gradient_evaluations={"warmup": 1000, "sampling": 2000},
    )


def constant(
    spec: ModelSpec,
    data: Ratings,
    values: dict[str, np.ndarray],
    *,
    shape: tuple[int, int] = (2, 5),
) -> Fit:
    """A fit whose every draw has the given named moments; level and slope are 0 if not given."""
    arrays = design(spec, data)
    dims = {"informant": len(arrays.informants), "term": len(arrays.terms)}
    whole: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
    zero = {name: np.zeros(dims["informant"]) for name in arrays.coefficients}
    for name, value in (zero | values).items():
        match name:
            case "residual_cov":
                own: tuple[str, ...] = ("informant", "informant_")
            case _ if name.endswith("_cov"):
                own = ("term", "term_")
            case "residual_autoregression" | "residual_nu":
                own = ()
            case "rating_on":
                own = ("occasion_covariate", "informant")
            case _ if name.endswith("_on"):
                own = ("covariate", "informant")
            case _:
                own = ("informant",)
        array = np.asarray(value, dtype=float)
        whole[name] = (("chain", "draw", *own), np.broadcast_to(array, (*shape, *array.shape)))
    return of(spec, data, whole)


def of(
    spec: ModelSpec, data: Ratings, variables: dict[str, tuple[tuple[str, ...], np.ndarray]]
) -> Fit:
    """A fit with the given draws of the named moments."""
    n_chains, n_draws = variables["level"][1].shape[:2]
    chain_draw = {"chain": np.arange(n_chains), "draw": np.arange(n_draws)}
    posterior = xr.Dataset(variables, coords=chain_draw | moments.coords(design(spec, data)))
    stats = xr.Dataset(
        {"diverging": (("chain", "draw"), np.zeros((n_chains, n_draws), dtype=bool))},
        coords=chain_draw,
    )
    return Fit(
        spec=spec,
        ratings=data,
        posterior=xr.DataTree.from_dict({"posterior": posterior, "sample_stats": stats}),
        engine="collapsed",
        seed=1,
        versions={},
        seconds={"sample": 1.0},
        gradient_evaluations={"warmup": 0, "sampling": 0},
    )


def of_prior(model: str, data: Ratings, *, draws: int = 60) -> Fit:
    """Draws of a model's prior, as a fit with the statistics of a sampler: any model, at once."""
    prior = prior_fit(load_model(model), data, seed=3, draws=draws)
    energy = np.random.default_rng(3).standard_normal((prior.moments.sizes["chain"], draws))
    stats = prior.stats.assign(energy=(("chain", "draw"), energy))
    return dataclasses.replace(
        prior,
        engine="collapsed",
        posterior=xr.DataTree.from_dict({"posterior": prior.moments, "sample_stats": stats}),
    )


def permuted(straight: Fit, order: list[int]) -> Fit:
    """The same posterior with the informants in another order."""
    names = [straight.ratings.informants[k] for k in order]
    coefficients = straight.design.coefficients
    terms = [f"{name},{c}" for c in coefficients for name in names]
    chosen = straight.moments.sel(informant=names, informant_=names, term=terms, term_=terms)
    return dataclasses.replace(
        straight,
        ratings=ratings(tuple(names)),
        posterior=xr.DataTree.from_dict({"posterior": chosen, "sample_stats": straight.stats}),
    )
