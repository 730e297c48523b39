"""A model in symbols, for a plain terminal.

`formulas` takes a specification and returns one equation per line: the rating, each growth
coefficient, and the distributions of what varies. Names of coefficients and standard deviations
are those of the model file and of the results.
"""

from typing import TYPE_CHECKING

from bayes_alliance.levels import CALLED, LEVELS
from bayes_alliance.specification.parts import CovariateTerm
from bayes_alliance.specification.structures import STRUCTURES

if TYPE_CHECKING:
    from bayes_alliance.specification.spec import ModelSpec

PLUS = " + "


def formulas(spec: "ModelSpec") -> list[str]:
    """Write the model as equations.

    Returns
    -------
    list of str
        One equation each, not wrapped.
    """
    return [*_rating(spec), *_coefficients(spec), *_distributions(spec)]


def legend(spec: "ModelSpec") -> str:
    """Say what the symbols of the equations mean."""
    present = [CALLED[level] for level in LEVELS if getattr(spec, level) is not None]
    # Ratings are always of a child, whether children differ or not.
    above = [CALLED[level].unit for level in LEVELS[1:] if getattr(spec, level) is not None]
    units = [CALLED["child"].unit, *above, "t: occasion", "k: informant"]
    if spec.trajectory.changes or spec.residual.autoregression:
        units.append("s: time of the occasion, (time − origin) / per")
    units += spec.trajectory.legend
    for term in spec.covariates:
        if term.within_between == "latent":
            units.append(
                f"ξ[{term.name}]ᵢ: the child's mean in the long run, a parameter around which "
                f"{term.name}ᵢₜ is normal"
            )
    if any(term.shared for term in spec.covariates):
        units.append("spread: half the range of the informant's scale")
    if spec.family.legend:
        units.append(spec.family.legend)
    over = [
        f"{level.effect}{level.index} holds all informants and coefficients" for level in present
    ]
    if spec.residual.sd_on:
        over.append("rᵢₜ: eᵢₜ as it would be with these covariates at zero, holds all informants")
    if spec.family.scatter is None:
        over.append("eᵢₜ holds all informants")
    return "; ".join([*units, *over]) + "."


def _rating(spec: "ModelSpec") -> list[str]:
    terms = []
    trajectory = spec.trajectory
    for coefficient, factor in zip(trajectory.coefficients, trajectory.factors, strict=True):
        terms.append(f"{coefficient}ᵢₖ" + (f" · {factor}" if factor else ""))
    for term in spec.covariates:
        if term.on == ("rating",):
            value = f"{term.name}ᵢₜ"
            value = f"({value} − {_mean(term)})" if term.within_between else value
            terms.append(f"{_effect(term, f'δ[{term.name}]')} · {value}")
    scatter = spec.family.scatter
    if scatter is None:
        terms.append("eᵢₜₖ")
    elif spec.residual.is_correlated:
        terms.append(scatter.term)
    return [line.replace("{expected}", PLUS.join(terms)) for line in spec.family.formulas]


def _effect(term: CovariateTerm, symbol: str) -> str:
    return f"{symbol} · spreadₖ" if term.shared else f"{symbol}ₖ"


def _mean(term: CovariateTerm) -> str:
    """A child's mean of what varies over occasions, computed or a parameter."""
    return f"ξ[{term.name}]ᵢ" if term.within_between == "latent" else f"mean {term.name}ᵢ"


def _coefficients(spec: "ModelSpec") -> list[str]:
    lines = []
    for coefficient in spec.trajectory.coefficients:
        terms = [f"γ[{coefficient}]ₖ"]
        for term in spec.covariates:
            effect = _effect(term, f"β[{coefficient}, {term.name}]")
            if coefficient in term.on:
                terms.append(f"{effect} · {' · '.join(f'{part}ᵢ' for part in term.parts)}")
            elif coefficient == "level" and term.within_between:
                terms.append(f"{effect} · {_mean(term)}")
        for level in reversed(LEVELS):
            effects = getattr(spec, level)
            if effects is not None and coefficient in effects.terms:
                called = CALLED[level]
                terms.append(f"{called.effect}[{coefficient}]{called.index}ₖ")
        lines.append(f"{coefficient}ᵢₖ = {PLUS.join(terms)}")
    return lines


def _distributions(spec: "ModelSpec") -> list[str]:
    lines = []
    for level in LEVELS:
        effects = getattr(spec, level)
        if effects is not None:
            called = CALLED[level]
            law = _normal(level, effects.structure)
            lines.append(f"{called.effect}{called.index} ~ {law}")
    return [*lines, *_residual(spec)]


def _residual(spec: "ModelSpec") -> list[str]:
    if spec.family.scatter is not None:
        return [spec.family.scatter.law] if spec.residual.is_correlated else []
    letter = "rᵢₜ" if spec.residual.sd_on else "eᵢₜ"
    said = _normal("residual", spec.residual.structure)
    said = said.replace("Normal(0, S_residual)", spec.family.residual_law)
    lines = []
    if spec.residual.sd_on:
        terms = PLUS.join(
            f"α[{name}]ₖ · {_of_the_spread(spec, name)}" for name in spec.residual.sd_on
        )
        lines.append(f"eᵢₜₖ = rᵢₜₖ · exp({terms})")
    lines.append(f"{letter} ~ {said}")
    if spec.residual.autoregression:
        lines.append(
            f"Cov({letter}, {letter}′) = S_residual · residual_autoregression ^ |sᵢₜ − sᵢₜ′|"
        )
    return lines


def _of_the_spread(spec: "ModelSpec", name: str) -> str:
    term = next(term for term in spec.covariates if term.name == name)
    if term.within_between:
        return f"({name}ᵢₜ − {_mean(term)})"
    return f"{name}ᵢₜ" if term.on == ("rating",) else f"{name}ᵢ"


def _normal(level: str, structure: str) -> str:
    correlations = STRUCTURES[structure].formula.format(level=level)
    return f"Normal(0, S_{level}),  S_{level}: standard deviations {level}_sd, {correlations}"
