"""A model in symbols, for a plain terminal.

`formulas` takes a specification and returns one equation per line: the rating, each growth
coefficient, and the distributions of what varies. Names of coefficients and standard deviations
are those of the model file and of the results.
"""

from typing import TYPE_CHECKING

from bayes_alliance.levels import CALLED, LEVELS
from bayes_alliance.specification.phrases import PLUS, listed
from bayes_alliance.specification.structures import STRUCTURES

if TYPE_CHECKING:
    from bayes_alliance.specification.spec import ModelSpec


def formulas(spec: "ModelSpec") -> list[str]:
    """Write the model as equations.

    Returns
    -------
    list of str
        One equation each, not wrapped.
    """
    leaving = spec.leaving.formulas if spec.leaving is not None else ()
    return [*_rating(spec), *_coefficients(spec), *_distributions(spec), *leaving]


def apart(spec: "ModelSpec") -> tuple[list[str], dict[str, str]]:
    """Equations without what is said behind them.

    Returns
    -------
    list of str
        One equation each, of symbols only.
    dict
        Symbol to what is said of it.
    """
    parts = [part for line in formulas(spec) for part in line.split(",  ")]
    said = [part.split(": ", maxsplit=1) for part in parts if ": " in part]
    return [part for part in parts if ": " not in part], dict(said)


def legend(spec: "ModelSpec") -> str:
    """Say what the symbols of the equations mean."""
    present = [CALLED[level] for level in LEVELS if getattr(spec, level) is not None]
    effects = [f"{level.effect}{level.index}" for level in present]
    # Ratings are always of a child, whether children differ or not.
    above = [CALLED[level].unit for level in LEVELS[1:] if getattr(spec, level) is not None]
    units = [CALLED["child"].unit, *above, "t: occasion", "k: informant"]
    if spec.trajectory.changes or spec.residual.relates_occasions:
        units.append("s: time of the occasion, (time − origin) / per")
    units += spec.trajectory.legend
    units += dict.fromkeys(text for term in spec.covariates for text in term.legend)
    if spec.family.legend:
        units.append(spec.family.legend)
    holds = "hold" if len(effects) > 1 else "holds"
    over = [f"{listed(effects)} {holds} all informants and coefficients"] if effects else []
    over += spec.residual.legend
    over += spec.leaving.legend if spec.leaving is not None else ()
    return "; ".join([*units, *over, "eᵢₜ holds all informants"]) + "."


def _rating(spec: "ModelSpec") -> list[str]:
    terms = []
    trajectory = spec.trajectory
    for coefficient, factor in zip(trajectory.coefficients, trajectory.factors, strict=True):
        terms.append(f"{coefficient}ᵢₖ" + (f" · {factor}" if factor else ""))
    terms += [term.effect_on_rating for term in spec.covariates if term.effect_on_rating]
    terms.append("eᵢₜₖ")
    return [line.replace("{expected}", PLUS.join(terms)) for line in spec.family.formulas]


def _coefficients(spec: "ModelSpec") -> list[str]:
    lines = []
    for coefficient in spec.trajectory.coefficients:
        terms = [f"γ[{coefficient}]ₖ"]
        effects_of_covariates = (term.effect_on(coefficient) for term in spec.covariates)
        terms += [effect for effect in effects_of_covariates if effect]
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
    law = _normal("residual", spec.residual.structure)
    law = law.replace("Normal(0, S_residual)", spec.family.residual_law)
    return spec.residual.formulas(law, {term.name: term.at_occasion for term in spec.covariates})


def _normal(level: str, structure: str) -> str:
    correlations = STRUCTURES[structure].formula.format(level=level)
    return f"Normal(0, S_{level}),  S_{level}: standard deviations {level}_sd, {correlations}"
