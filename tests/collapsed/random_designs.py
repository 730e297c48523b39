"""Designs built directly, without ratings files: ragged in every way the likelihood must bear."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from bayes_alliance.design import Design, Level
from bayes_alliance.specification import Trajectory
from tests.dense import LongRatings, Truth

TRAJECTORIES = (
    Trajectory(shape="level"),
    Trajectory(shape="linear"),
    Trajectory(shape="quadratic"),
    Trajectory(shape="piecewise", knots=(1.0, 2.0)),
)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What kind of design to draw."""

    n_informants: int = 3
    n_coefficients: int = 2
    n_children: int = 12
    n_occasions: int = 3
    n_therapists: int = 4
    n_clinics: int = 0
    child: str | None = "correlated"
    child_coefficients: int = 2  # the first so many vary
    therapist: str = "correlated"
    therapist_coefficients: int = 1
    clinic: str = "independent"
    clinic_coefficients: int = 1
    n_covariates: int = 0
    n_occasion_covariates: int = 0
    own_times: bool = False
    missing: float = 0.3
    seed: int = 0


shapes = st.builds(
    Shape,
    n_informants=st.integers(1, 5),
    n_coefficients=st.integers(1, 4),
    n_children=st.integers(1, 30),
    n_occasions=st.integers(1, 6),
    n_therapists=st.integers(0, 6),
    n_clinics=st.integers(0, 3),
    child=st.sampled_from([None, "independent", "correlated", "common_factor"]),
    child_coefficients=st.integers(1, 4),
    therapist=st.sampled_from(["independent", "correlated", "common_factor"]),
    therapist_coefficients=st.integers(1, 4),
    clinic=st.sampled_from(["independent", "correlated"]),
    clinic_coefficients=st.integers(1, 4),
    n_covariates=st.integers(0, 2),
    n_occasion_covariates=st.integers(0, 2),
    own_times=st.booleans(),
    missing=st.sampled_from([0.0, 0.3, 0.7]),
    seed=st.integers(0, 2**32 - 1),
)


def random_design(shape: Shape) -> Design:
    """A design of that shape; units are nested raggedly, some children have no ratings."""
    rng = np.random.default_rng(shape.seed)
    k, t = shape.n_informants, shape.n_coefficients
    occasion_child, times = [], []
    for child in range(shape.n_children):
        n = int(rng.integers(0, shape.n_occasions + 1))
        seen = np.sort(rng.choice(shape.n_occasions, size=n, replace=False)).astype(float)
        if shape.own_times:
            seen = seen + rng.uniform(0, 0.5, size=n)
        occasion_child += [child] * n
        times += list(seen)
    time = np.array(times)
    present = rng.random((len(time), k)) >= shape.missing
    present[np.arange(len(time)), rng.integers(0, k, size=len(time))] = True
    covariate_on = rng.random((shape.n_covariates, t)) < 0.6
    covariate_on[:, 0] |= ~covariate_on.any(axis=1)

    coefficients = TRAJECTORIES[t - 1].coefficients
    informants = tuple(f"informant_{i}" for i in range(k))
    levels = []
    below = shape.n_children
    for name, n_units, structure, n_varying in (
        ("therapist", shape.n_therapists, shape.therapist, shape.therapist_coefficients),
        ("clinic", shape.n_clinics, shape.clinic, shape.clinic_coefficients),
    ):
        if n_units:
            levels.append(
                Level(
                    name=name,
                    labels=tuple(f"{name}_{u}" for u in range(n_units)),
                    parent=rng.integers(0, n_units, size=below),
                    terms=np.arange(min(n_varying, t) * k, dtype=np.int64),
                    structure=structure,
                )
            )
            below = n_units
    child_terms = np.arange(min(shape.child_coefficients, t) * k if shape.child else 0)
    return Design(
        informants=informants,
        coefficients=coefficients,
        terms=tuple(f"{informant},{c}" for c in coefficients for informant in informants),
        children=tuple(f"child_{i}" for i in range(shape.n_children)),
        child_terms=child_terms.astype(np.int64),
        child_structure=shape.child or "independent",
        levels=tuple(levels),
        occasion_child=np.array(occasion_child, dtype=np.int64),
        occasion_time=time,
        basis=np.stack([(time / 2.0) ** c for c in range(t)], axis=1).reshape(len(time), t),
        y=np.where(present, 30.0 + 6.0 * rng.normal(size=(len(time), k)), 0.0),
        present=present,
        floor=np.zeros_like(present),
        ceiling=np.zeros_like(present),
        x=rng.normal(size=(shape.n_children, shape.n_covariates)),
        covariates=tuple(f"x{p}" for p in range(shape.n_covariates)),
        covariate_on=covariate_on,
        covariate_sd=np.linspace(1.0, 2.0, shape.n_covariates),
        covariate_centre=np.zeros(shape.n_covariates),
        z=rng.normal(size=(len(time), shape.n_occasion_covariates)),
        occasion_covariates=tuple(f"z{p}" for p in range(shape.n_occasion_covariates)),
        occasion_covariate_sd=np.linspace(1.0, 2.0, shape.n_occasion_covariates),
        occasion_covariate_centre=np.zeros(shape.n_occasion_covariates),
        center=np.full(k, 30.0),
        spread=np.full(k, 18.0) - np.arange(k),
        scaled_time=time / 2.0,
    )


def long_ratings(design: Design) -> LongRatings:
    """The design's ratings, one by one."""
    unit = {"therapist": None, "clinic": None}
    of_child = np.arange(len(design.children))
    for level in design.levels:
        of_child = level.parent[of_child]
        unit[level.name] = of_child
    row, informant = np.nonzero(design.present)
    child = design.occasion_child[row]
    return LongRatings(
        child=child,
        therapist=None if unit["therapist"] is None else unit["therapist"][child],
        clinic=None if unit["clinic"] is None else unit["clinic"][child],
        occasion=row,
        informant=informant,
        rating=design.y[row, informant],
        phi=design.basis[row],
        z=design.z[row],
        x=design.x[child],
    )


def truth_of(moments: dict[str, np.ndarray], design: Design) -> Truth:
    """Named moments as the oracle takes them."""
    t, k = len(design.coefficients), len(design.informants)
    none = np.zeros((len(design.covariates), k))
    return Truth(
        gamma=np.array([moments[c] for c in design.coefficients]),
        beta=np.stack([moments.get(f"{c}_on", none) for c in design.coefficients], axis=1).reshape(
            len(design.covariates), t, k
        ),
        delta=moments.get("rating_on", np.zeros((0, k))),
        residual_cov=moments["residual_cov"],
        child_cov=moments.get("child_cov"),
        therapist_cov=moments.get("therapist_cov"),
        clinic_cov=moments.get("clinic_cov"),
    )
