"""Specifications of every kind, for property-based tests."""

from hypothesis import strategies as st

from bayes_alliance.specification import (
    LKJ,
    CovariateTerm,
    Effects,
    Exponential,
    Gamma,
    HalfNormal,
    HalfStudentT,
    Likelihood,
    ModelSpec,
    Normal,
    Prior,
    Residual,
    StudentT,
    Trajectory,
)

numbers = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)
texts = st.text(min_size=1, max_size=30).filter(lambda text: bool(text.strip()))
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,15}", fullmatch=True)
covariate_names = (
    st.text(min_size=1, max_size=12)
    .filter(lambda name: bool(name.strip()))
    .filter(lambda name: not set(name) & set(",;[]"))
)
structures = st.sampled_from(["independent", "correlated", "common_factor"])
families = st.sampled_from(["normal", "censored_normal"])

coefficient_priors = st.one_of(
    st.builds(Normal, mean=numbers, sd=positive, reason=texts),
    st.builds(StudentT, nu=positive, mean=numbers, scale=positive, reason=texts),
)
sd_priors = st.one_of(
    st.builds(HalfNormal, scale=positive, reason=texts),
    st.builds(HalfStudentT, nu=positive, scale=positive, reason=texts),
    st.builds(Exponential, rate=positive, reason=texts),
    st.builds(Gamma, alpha=positive, beta=positive, reason=texts),
)
correlation_priors = st.builds(LKJ, eta=positive, reason=texts)
priors = st.one_of(coefficient_priors, sd_priors, correlation_priors)

trajectories = st.one_of(
    st.sampled_from([Trajectory(shape=shape) for shape in ("level", "linear", "quadratic")]),
    st.lists(numbers, min_size=1, max_size=3, unique=True).map(
        lambda knots: Trajectory(shape="piecewise", knots=tuple(sorted(knots)))
    ),
)


def _subsets(coefficients: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(coefficients), min_size=1, unique=True).map(tuple)


@st.composite
def specifications(draw: st.DrawFn) -> ModelSpec:
    """A specification with any options the package has."""
    trajectory = draw(trajectories)
    terms = _subsets(trajectory.coefficients)
    effects = st.none() | st.builds(Effects, terms=terms, structure=structures)
    levels = {level: draw(effects) for level in ("child", "therapist", "clinic")}
    residual = Residual(structure=draw(st.sampled_from(["independent", "correlated"])))
    acts_on = terms | st.just(("rating",))
    covariates = tuple(
        CovariateTerm(name=name, on=draw(acts_on))
        for name in draw(st.lists(covariate_names, max_size=2, unique=True))
    )
    chosen: dict[str, Prior] = {name: draw(coefficient_priors) for name in trajectory.coefficients}
    if covariates:
        chosen["covariate"] = draw(coefficient_priors)
    for level, varying in levels.items():
        if varying is not None:
            chosen |= {f"{level}_sd.{term}": draw(sd_priors) for term in varying.terms}
            if varying.structure != "independent":
                chosen[f"{level}_cor"] = draw(correlation_priors)
    chosen["residual_sd"] = draw(sd_priors)
    if residual.structure == "correlated":
        chosen["residual_cor"] = draw(correlation_priors)
    return ModelSpec(
        name=draw(names),
        title=draw(texts),
        status=draw(st.sampled_from(["recommended", "founding study", "alternative"])),
        about=draw(texts),
        citations=tuple(draw(st.lists(texts, max_size=2))),
        trajectory=trajectory,
        residual=residual,
        likelihood=Likelihood(family=draw(families)),
        covariates=covariates,
        priors=chosen,
        **levels,
    )
