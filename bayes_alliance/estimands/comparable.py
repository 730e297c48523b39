"""What may be compared: ratings in points, on one scale, with normal variation where needed.

Some estimands make sense only where all informants use the same scale (a difference in points), or
where ratings vary normally around their expectation (limits of agreement). They say so here, in one
place, instead of returning a number that means nothing.
"""

from collections.abc import Sequence

from bayes_alliance.errors import InputError, Problem, none_of
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.specification.families import FAMILIES
from bayes_alliance.specification.sentences import listed


def require_common_scale(fit: Fit, what: str, *, instead: str = "agreement.correlation") -> None:
    """Refuse what was asked for if it compares points of different scales.

    Parameters
    ----------
    instead : str
        What is free of the scale.

    Raises
    ------
    InputError
        If informants use different scales.
    """
    informants = fit.design.informants
    if len({fit.ratings.scales[label] for label in informants}) == 1:
        return
    scales = "; ".join(f"{label}: {fit.ratings.scales[label]}" for label in informants)
    message = (
        f"needs one scale for all informants, and theirs differ ({scales}). A point means "
        f"something else on each; what is free of the scale is {instead}"
    )
    raise InputError([Problem(where=what, message=message)], "informants on different scales")


def require_normal(fit: Fit, what: str) -> None:
    """Refuse what was asked for where the moments are not those of normal ratings.

    Raises
    ------
    InputError
        If the family's ratings are not normal given their completion.
    """
    if fit.spec.family.is_normal:
        return
    normal = " and ".join(name for name, family in FAMILIES.items() if family.is_normal)
    name = fit.spec.family.name
    message = f"is worked out for the families {normal}, not for {name}"
    raise InputError([Problem(where=what, value=name, message=message)], "likelihood family")


def the_same(fit: Fit, observed: object) -> Problem:
    """Say that the observed scale of a family is that of what it expects."""
    others = listed(name for name, family in FAMILIES.items() if family.observed_differs)
    message = (
        f"only models of the families {others} tell the observed scale from a scale without ends; "
        f"in a {fit.spec.family.name} model they are the same"
    )
    return Problem(where="observed", value=observed, message=message)


def require_alike_occasions(fit: Fit, what: str) -> None:
    """Refuse what is worked out for residuals that are alike and unrelated at all occasions.

    Raises
    ------
    InputError
        If their spread depends on covariates, or they are autocorrelated.
    """
    if fit.spec.residual.same_everywhere:
        return
    message = "is worked out for residuals that are alike at all occasions and unrelated"
    raise InputError([Problem(where=what, message=message)], "residual")


def informants_of(fit: Fit, given: Sequence[str], *, where: str, at_least: int = 1) -> list[str]:
    """Check informants' names.

    Parameters
    ----------
    where : str
        The argument they were given for.
    at_least : int
        How many are needed.

    Raises
    ------
    InputError
        With every unknown or repeated name.
    """
    known = fit.design.informants
    names = [given] if isinstance(given, str) else list(given)
    problems = [none_of(name, known, where=where) for name in names if name not in known]
    if len(set(names)) < max(at_least, len(names)):
        message = f"at least {at_least} different informants" if at_least > 1 else "each once"
        problems.append(Problem(where=where, value=names, message=message))
    if problems:
        raise InputError(problems, "informants")
    return names
