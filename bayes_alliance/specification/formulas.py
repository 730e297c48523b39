"""A model in symbols, for a plain terminal.

`formulas` takes a specification and returns one equation per line: the rating, each growth
coefficient, and the distributions of what varies. Names of coefficients and standard deviations
are those of the model file and of the results.
"""

from typing import TYPE_CHECKING

from bayes_alliance.specification.quantities import LEVELS

if TYPE_CHECKING:
    from bayes_alliance.specification.spec import ModelSpec

EFFECTS = {"child": ("u", "ᵢ"), "therapist": ("v", "ⱼ"), "clinic": ("w", "ₘ")}
SUBSCRIPT_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
PLUS = " + "


def formulas(spec: "ModelSpec") -> list[str]:
    """Write the model as equations.

    Parameters
    ----------
    spec : ModelSpec

    Returns
    -------
    list of str
        One equation each, not wrapped.
    """
    return [*_rating(spec), *_coefficients(spec), *_distributions(spec)]


def legend(spec: "ModelSpec") -> str:
    """Say what the symbols of the equations mean.

    Parameters
    ----------
    spec : ModelSpec

    Returns
    -------
    str
    """
    units = ["i: child"]
    units += ["j: the child's therapist"] if spec.therapist else []
    units += ["m: the clinic"] if spec.clinic else []
    units += ["t: occasion", "k: informant"]
    if spec.trajectory.shape != "level":
        units.append("s: time of the occasion, (time − origin) / per")
    if knots := spec.trajectory.knots:
        names = ", ".join(_knot(n) for n in range(1, len(knots) + 1))
        units.append(f"{names}: {'knot' if len(knots) == 1 else 'knots'}, scaled as s is")
        units.append("(x)₊: x where positive, else 0")
    if spec.likelihood.family == "censored_normal":
        units.append("y*: the rating on a scale without ends")
    vectors = [EFFECTS[level] for level in LEVELS if getattr(spec, level) is not None]
    over = [f"{letter}{index} holds all informants and coefficients" for letter, index in vectors]
    return "; ".join([*units, *over, "eᵢₜ holds all informants"]) + "."


def _rating(spec: "ModelSpec") -> list[str]:
    terms = []
    for coefficient in spec.trajectory.coefficients:
        factor = _basis(coefficient)
        terms.append(f"{coefficient}ᵢₖ" + (f" · {factor}" if factor else ""))
    terms += [
        f"δ[{term.name}]ₖ · {term.name}ᵢₜ" for term in spec.covariates if term.on == ("rating",)
    ]
    expected = PLUS.join([*terms, "eᵢₜₖ"])
    if spec.likelihood.family == "censored_normal":
        return ["yᵢₜₖ = min(upperₖ, max(lowerₖ, y*ᵢₜₖ))", f"y*ᵢₜₖ = {expected}"]
    return [f"yᵢₜₖ = {expected}"]


def _basis(coefficient: str) -> str:
    match coefficient:
        case "level":
            return ""
        case "slope":
            return "sᵢₜ"
        case "quadratic":
            return "sᵢₜ²"
        case _:
            return f"(sᵢₜ − {_knot(int(coefficient.rpartition('_')[2]))})₊"


def _knot(number: int) -> str:
    return "κ" + str(number).translate(SUBSCRIPT_DIGITS)


def _coefficients(spec: "ModelSpec") -> list[str]:
    lines = []
    for coefficient in spec.trajectory.coefficients:
        terms = [f"γ[{coefficient}]ₖ"]
        terms += [
            f"β[{coefficient}, {term.name}]ₖ · {term.name}ᵢ"
            for term in spec.covariates
            if coefficient in term.on
        ]
        for level in reversed(LEVELS):
            effects = getattr(spec, level)
            letter, index = EFFECTS[level]
            if effects is not None and coefficient in effects.terms:
                terms.append(f"{letter}[{coefficient}]{index}ₖ")
        lines.append(f"{coefficient}ᵢₖ = {PLUS.join(terms)}")
    return lines


def _distributions(spec: "ModelSpec") -> list[str]:
    lines = []
    for level in LEVELS:
        effects = getattr(spec, level)
        letter, index = EFFECTS[level]
        if effects is not None:
            lines.append(f"{letter}{index} ~ {_normal(level, effects.structure)}")
    return [*lines, f"eᵢₜ ~ {_normal('residual', spec.residual.structure)}"]


def _normal(level: str, structure: str) -> str:
    correlations = {
        "correlated": f"correlations {level}_cor",
        "common_factor": f"correlations λₖ λₗ between informants, λ: loadings {level}_cor",
        "independent": "no correlations",
    }[structure]
    return f"Normal(0, S_{level}),  S_{level}: standard deviations {level}_sd, {correlations}"
