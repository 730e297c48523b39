"""Specifications of every kind, for property-based tests."""

from hypothesis import strategies as st

from bayes_alliance.errors.text import unprintable
from bayes_alliance.specification import (
    LKJ,
    R2D2,
    Beta,
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
    RegularizedHorseshoe,
    Residual,
    StudentT,
    Trajectory,
)

numbers = st.floats(-1e6, 1e6)
positive = st.floats(1e-6, 1e6)
printable = st.characters().filter(lambda character: unprintable(character) is None)
texts = st.text(printable, min_size=1, max_size=30).filter(lambda text: bool(text.strip()))
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,15}", fullmatch=True)
covariate_names = (
    st.text(printable, min_size=1, max_size=12)
    .map(str.strip)
    .filter(bool)
    .filter(lambda name: not set(name) & set(",;[]:"))
)
structures = st.sampled_from(["independent", "correlated", "common_factor"])
families = st.sampled_from(["normal", "censored_normal", "student_t"])

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
share_priors = st.builds(Beta, alpha=positive, beta=positive, reason=texts)
tail_priors = st.one_of(
    st.builds(Exponential, rate=positive, reason=texts),
    st.builds(Gamma, alpha=positive, beta=positive, reason=texts),
)
correlation_priors = st.one_of(
    st.builds(LKJ, eta=positive, by=st.sampled_from([None, "coefficient"]), reason=texts),
    st.builds(
        LKJ,
        eta=st.floats(0.1, 100.0),
        by=st.just("coefficient"),
        mean=st.just("flat"),
        reason=texts,
    ),
)
priors = st.one_of(coefficient_priors, sd_priors, correlation_priors)

shrinkage_priors = st.one_of(
    st.builds(
        RegularizedHorseshoe,
        global_scale=positive,
        slab_scale=positive,
        slab_nu=positive,
        reason=texts,
    ),
    st.builds(
        R2D2, mean=st.floats(0.01, 0.99), precision=positive, concentration=positive, reason=texts
    ),
)
without_knots = ("level", "linear", "quadratic", "log_time")
trajectories = st.one_of(
    st.sampled_from([Trajectory(shape=shape) for shape in without_knots]),
    st.lists(numbers, min_size=3, max_size=5, unique=True).map(
        lambda knots: Trajectory(shape="natural_spline", knots=tuple(sorted(knots)))
    ),
    st.lists(numbers, min_size=1, max_size=3, unique=True).map(
        lambda knots: Trajectory(shape="piecewise", knots=tuple(sorted(knots)))
    ),
    st.lists(numbers, min_size=1, max_size=3, unique=True).map(
        lambda knots: Trajectory(shape="occasions", knots=tuple(sorted(knots)))
    ),
)


def _subsets(coefficients: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(coefficients), min_size=1, unique=True).map(tuple)


@st.composite
def covariate_terms(
    draw: st.DrawFn, terms: st.SearchStrategy[tuple[str, ...]]
) -> tuple[CovariateTerm, ...]:
    """Covariates with any option, sometimes with the interaction of two."""
    found = []
    for name in draw(st.lists(covariate_names, max_size=2, unique=True)):
        on = draw(terms | st.just(("rating",)))
        split = draw(st.booleans()) if on == ("rating",) else False
        shared = draw(st.booleans())
        found.append(CovariateTerm(name=name, on=on, shared=shared, within_between=split))
    common = set.intersection(*(set(term.on) for term in found)) if len(found) == 2 else set()
    if common - {"rating"} and draw(st.booleans()):
        name = ":".join(term.name for term in found)
        found.append(CovariateTerm(name=name, on=tuple(sorted(common)), shared=draw(st.booleans())))
    return tuple(found)


@st.composite
def specifications(draw: st.DrawFn) -> ModelSpec:
    """A specification with any options the package has."""
    trajectory = draw(trajectories)
    terms = _subsets(trajectory.coefficients)
    effects = st.none() | st.builds(Effects, terms=terms, structure=structures)
    levels = {level: draw(effects) for level in ("child", "therapist", "clinic")}
    covariates = draw(covariate_terms(terms))
    family = draw(families)
    single = [term.name for term in covariates if ":" not in term.name]
    residual = Residual(
        structure=draw(st.sampled_from(["independent", "correlated"])),
        sd_on=tuple(single) if draw(st.booleans()) else (),
        autoregression=draw(st.booleans()) if family != "student_t" else False,
    )
    chosen: dict[str, Prior] = {name: draw(coefficient_priors) for name in trajectory.coefficients}
    if covariates:
        chosen["covariate"] = draw(coefficient_priors | shrinkage_priors)
        acted_on = {c for term in covariates for c in term.on} - {"rating"}
        varying = levels["child"].terms if levels["child"] else ()
        if any(term.shared for term in covariates) or not acted_on <= set(varying):
            chosen["covariate"] = draw(coefficient_priors)
    for level, varying in levels.items():
        if varying is not None:
            chosen |= {f"{level}_sd.{term}": draw(sd_priors) for term in varying.terms}
            if varying.structure != "independent":
                chosen[f"{level}_cor"] = draw(correlation_priors)
    chosen["residual_sd"] = draw(sd_priors)
    if residual.structure == "correlated":
        chosen["residual_cor"] = draw(correlation_priors)
    if residual.sd_on:
        chosen["residual_sd_on"] = draw(coefficient_priors)
    if residual.autoregression:
        chosen["residual_autoregression"] = draw(share_priors)
    if family == "student_t":
        chosen["residual_nu"] = draw(tail_priors)
    return ModelSpec(
        name=draw(names),
        title=draw(texts),
        status=draw(st.sampled_from(["recommended", "founding study", "alternative"])),
        about=draw(texts),
        citations=tuple(draw(st.lists(texts, max_size=2))),
        trajectory=trajectory,
        residual=residual,
        likelihood=Likelihood(family=family),
        covariates=covariates,
        informants=tuple(draw(st.lists(covariate_names, max_size=2, unique=True))),
        priors=chosen,
        **levels,
    )
