"""What effects and quantities are called on figures: in words, from their labels."""

from collections.abc import Mapping

from bayes_alliance.estimands.profiles import changes, settable
from bayes_alliance.levels import CALLED
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.scalars import Scalar
from bayes_alliance.ratings.words import Words
from bayes_alliance.reporting.plots.style import label
from bayes_alliance.reporting.prose.wording import at_others

LONG = 60  # letters: on one line


def of_what(
    fit: Fit, covariate: str, per: Mapping[str, float] | None = None, *, on: str | None = None
) -> str:
    """Say what an effect is of: ``"arm: CBT vs as usual"``, ``"experience, per 10 years"``.

    Where the covariate interacts with another, also at which value of that.

    Parameters
    ----------
    covariate : str
        A column of the design.
    per : mapping of str to float, optional
        Of how many units of a numeric covariate; one if not given.
    on : str, optional
        The growth coefficient it acts on; any if not given.
    """
    where = at_others(fit, covariate, on)
    return f"{_of_what(fit, covariate, per or {})}{', ' * bool(where)}{where}"


def _of_what(fit: Fit, covariate: str, per: Mapping[str, float]) -> str:
    words = fit.ratings.words
    entry, category = changes(fit).get(covariate, (covariate, None))
    name, known = label(words.name(entry), width=LONG), settable(fit).get(entry)
    if known is None:
        return name
    match known.kind:
        case "categorical":
            return f"{name}: {category} vs {known.categories[0]}"
        case "binary":
            return f"{name}: 1 vs 0"
    n_units, unit = per.get(entry, 1.0), known.unit
    if n_units == 1:
        return f"{name}, per unit ({unit})" if unit else f"{name}, per unit"
    return f"{name}, per {n_units:g} {unit or 'units'}"


def quantity_in_words(one: Scalar, words: Words) -> str:
    """Name a quantity: ``"level, child"``, ``"sd of children, slope, caregiver"``."""
    who = [words.name(name) for name in (one.informant, one.informant_) if name is not None]
    of = [name for name in (one.coefficient, one.coefficient_) if name is not None]
    if one.level is None:
        about = [words.name(name) for name in (one.covariate, one.item, one.step) if name]
        return label(", ".join([one.quantity, *about, *who]), width=LONG)
    units = words.several(one.level) if one.level in CALLED else "residuals"
    if not who:
        return label(one.quantity, width=LONG)
    if one.informant_ is None:
        return label(", ".join([f"sd of {units}", *of, *who]), width=LONG)
    pair = [", ".join(part) for part in zip(of, who, strict=True)] if of else who
    return label(f"correlation of {units}: {' with '.join(pair)}", width=LONG)
