"""Children alike in a covariate, to be drawn apart."""

from dataclasses import dataclass

from bayes_alliance.errors import InputError
from bayes_alliance.estimands.dyads.strata import of_children, strata
from bayes_alliance.estimands.profiles import Profile, settable, unknown
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.ratings import Ratings


@dataclass(frozen=True, kw_only=True)
class Group:
    """Children with one value of a covariate, or one half of them.

    Parameters
    ----------
    name : str
        ``"anxiety = 1"``, ``"experience > 5"``
    legend : str
        The name, and where a half is drawn: ``"experience > 5 (mean 8.2 years)"``.
    at : mapping of str to float or str
        The profile they are drawn at.
    ratings : Ratings
        Theirs.
    """

    name: str
    legend: str
    at: Profile
    ratings: Ratings


def groups(fit: Fit, by: str) -> tuple[Group, ...]:
    """Split the children by a covariate.

    Parameters
    ----------
    by : str
        A covariate of the model that describes children, therapists or clinics.

    Returns
    -------
    tuple of Group
        One per value of a binary or categorical covariate; of a numeric one the halves below and
        above the median, each at its mean.

    Raises
    ------
    InputError
        If the model has no such covariate.
    """
    known = settable(fit)
    able = [name for name, covariate in known.items() if covariate.level != "occasion"]
    if by not in able:
        raise InputError([unknown(by, able)], "figure")
    covariate = known[by]
    found = []
    for name, part in strata(fit.ratings, by=by).items():
        values = of_children(part, by, covariate.level)
        match covariate.kind:
            case "numeric":
                mean = float(values.mean())
                unit = f" {covariate.unit}" if covariate.unit else ""
                legend, at = f"{name} (mean {mean:.3g}{unit})", mean
            case _:
                legend, at = name, values.iloc[0]
        found.append(Group(name=name, legend=legend, at={by: at}, ratings=part))
    return tuple(found)
