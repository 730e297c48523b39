"""Fits of public data by other programs, read from where they lie, in this package's terms."""

import json
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bayes_alliance.design import Design
from bayes_alliance.ratings import Ratings, Study, read_ratings
from bayes_alliance.specification import (
    LKJ,
    CovariateTerm,
    Effects,
    HalfNormal,
    ModelSpec,
    Normal,
    Residual,
    Trajectory,
    load_model,
)

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(),
    reason="other authors' data sets and other programs' results of them, kept beside the checkout "
    "and not in the project",
)
LEVEL_OF_GROUP = {
    "id": "child",
    "subject": "child",
    "unit": "therapist",
    "battalion": "clinic",
    "school": "therapist",
}


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One fit by another program.

    ``fixed`` has a row per quantity (index) with estimate and se; ``sd`` and ``cor`` map the
    quantity names of ``summary.csv`` to estimates.
    """

    ratings: Ratings
    spec: ModelSpec
    log_likelihood: float
    at_boundary: bool
    fixed: pd.DataFrame
    covariances: dict[str, tuple[list[str], np.ndarray]]


def reference(data: str, model: str, *, method: str) -> Reference:
    """One fit of a reference file, with the ratings and the weak-prior model it belongs to."""
    entries = json.loads((DATA / f"{data}.reference.json").read_text())
    entry = next(e for e in entries if (e["model"], e["method"]) == (model, method))
    ratings = _ratings(data, entry["outcomes"])
    informant = dict(zip(entry["outcomes"], ratings.informants, strict=True))
    spec = _spec(entry, ratings)
    quantities = [_fixed_quantity(name, informant, ratings) for name in entry["fixed"]["names"]]
    fixed = pd.DataFrame(
        {"estimate": entry["fixed"]["estimate"], "se": entry["fixed"]["se"]}, index=quantities
    )
    covariances = {}
    for group in entry["random_effects"]:
        labels = [_term(name, informant) for name in group["names"]]
        covariances[LEVEL_OF_GROUP[group["group"]]] = (labels, np.array(group["cov"]))
    residual = [informant[name] for name in entry["residual"]["names"]]
    covariances["residual"] = (residual, np.array(entry["residual"]["cov"]))
    return Reference(
        ratings=ratings,
        spec=spec,
        log_likelihood=entry["log_likelihood"],
        at_boundary=entry["at_boundary"],
        fixed=fixed,
        covariances=covariances,
    )


def all_maximum_likelihood_fits() -> list[tuple[str, str]]:
    """Every (data set, model) fitted by maximum likelihood."""
    if not DATA.is_dir():
        return []
    return [
        (path.name.removesuffix(".reference.json"), entry["model"])
        for path in sorted(DATA.glob("*.reference.json"))
        for entry in _fits(path)
        if entry["method"] == "ML"
    ]


def _fits(path: Path) -> list[dict]:
    """Fits that a file lists; none for one that holds results of another kind."""
    found = json.loads(path.read_text())
    return found if isinstance(found, list) else []


def _ratings(data: str, outcomes: list[str]) -> Ratings:
    """Ratings with just these outcomes as informants, in this order."""
    if data == "gcsemv":
        study = Study.from_dict(
            {
                "layout": "wide",
                "columns": {"child": "pupil", "therapist": "school"},
                "informants": {name: name for name in outcomes},
                "scale": {"center": 60.0, "spread": 30.0},
                "covariates": {"child": ["girl"]},
            }
        )
        frame = pd.read_csv(DATA / "gcsemv.csv", dtype={"school": str, "pupil": str})
        return Ratings.from_wide(frame, study=study)
    study = tomllib.loads((DATA / f"{data}.study.toml").read_text())
    label_of = {column: label for label, column in study["informants"].items()}
    study["informants"] = {label_of.get(column, column): column for column in outcomes}
    if "lower" not in study["scale"] or len(outcomes) != len(label_of):
        study["scale"] = {"center": 20.0, "spread": 10.0}
    return read_ratings(DATA / f"{data}.csv", study=study)


def _spec(entry: dict, ratings: Ratings) -> ModelSpec:
    """The reference's model with priors that are flat where the likelihood is not."""
    growth = load_model("informant_growth")
    kind = {covariate.name: covariate.level for covariate in ratings.covariates}
    has_slope = any(term in ("time", "t") for term in entry["fixed_terms"])
    on: dict[str, tuple[str, ...]] = {}
    for term in entry["fixed_terms"]:
        if term in ("1", "time", "t"):
            continue
        name = term.split(":")[-1]
        acts = "slope" if ":" in term else "level"
        acts = "rating" if kind[name] == "occasion" else acts
        on[name] = (*on.get(name, ()), acts)
    effects = {}
    for group in entry["random"]:
        terms = tuple("level" if term == "1" else "slope" for term in group["terms"])
        effects[LEVEL_OF_GROUP[group["group"]]] = terms
    several = len(ratings.informants) > 1
    wide = {"reason": "test: flat where the likelihood is not"}
    priors = {"level": Normal(mean=0, sd=20, **wide), "residual_sd": HalfNormal(scale=20, **wide)}
    if has_slope:
        priors["slope"] = Normal(mean=0, sd=20, **wide)
    if on:
        priors["covariate"] = Normal(mean=0, sd=20, **wide)
    if several:
        priors["residual_cor"] = LKJ(eta=1, **wide)
    levels: dict[str, Effects | None] = {"child": None, "therapist": None, "clinic": None}
    for level, terms in effects.items():
        correlated = several or len(terms) > 1
        levels[level] = Effects(
            terms=terms, structure="correlated" if correlated else "independent"
        )
        for term in terms:
            priors[f"{level}_sd.{term}"] = HalfNormal(scale=20, **wide)
        if correlated:
            priors[f"{level}_cor"] = LKJ(eta=1, **wide)
    return replace(
        growth,
        trajectory=Trajectory(shape="linear" if has_slope else "level"),
        residual=Residual(structure="correlated" if several else "independent"),
        covariates=tuple(CovariateTerm(name=name, on=acts) for name, acts in on.items()),
        priors=priors,
        **levels,
    )


def _term(name: str, informant: dict[str, str]) -> str:
    outcome, term = name.split("|")
    return f"{informant[outcome]},{'level' if term == '1' else 'slope'}"


def _fixed_quantity(name: str, informant: dict[str, str], ratings: Ratings) -> str:
    outcome, term = name.split("|")
    who = informant[outcome]
    kind = {covariate.name: covariate.level for covariate in ratings.covariates}
    if term in ("1", "time", "t"):
        return f"{'level' if term == '1' else 'slope'}[{who}]"
    covariate = term.split(":")[-1]
    if kind[covariate] == "occasion":
        return f"rating_on[{covariate},{who}]"
    return f"{'slope' if ':' in term else 'level'}_on[{covariate},{who}]"


def moments_of(fit: Reference, arrays: Design) -> dict[str, np.ndarray]:
    """The reference's estimates as named moments of a design."""
    estimate = fit.fixed["estimate"]
    moments: dict[str, np.ndarray] = {}
    for c in arrays.coefficients:
        moments[c] = np.array([estimate[f"{c}[{k}]"] for k in arrays.informants])
        moments[f"{c}_on"] = np.array(
            [
                [estimate.get(f"{c}_on[{x},{k}]", 0.0) for k in arrays.informants]
                for x in arrays.covariates
            ]
        ).reshape(len(arrays.covariates), len(arrays.informants))
    # The design centres numeric covariates; those of the references are 0/1 and stay as they are.
    moments["rating_on"] = np.array(
        [
            [estimate[f"rating_on[{z},{k}]"] for k in arrays.informants]
            for z in arrays.occasion_covariates
        ]
    ).reshape(len(arrays.occasion_covariates), len(arrays.informants))
    for level, (labels, cov) in fit.covariances.items():
        if level == "residual":
            moments["residual_cov"] = cov
            continue
        positions = [arrays.terms.index(label) for label in labels]
        whole = np.zeros((len(arrays.terms), len(arrays.terms)))
        whole[np.ix_(positions, positions)] = cov
        moments[f"{level}_cov"] = whole
    return moments
