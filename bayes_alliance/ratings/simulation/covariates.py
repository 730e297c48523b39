"""Covariates to simulate: how their values are spread, and what they do to the growth of alliance.

Values of a covariate are drawn independently of everything else; its effects act on level and
slope, per informant, coded as the models code them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from bayes_alliance.errors import Problem


@dataclass(frozen=True, kw_only=True)
class Numeric:
    """Values of a numeric covariate: normal, cut off at the ends, rounded.

    Parameters
    ----------
    mean, sd : float
        Before cutting off and rounding.
    lower, upper : float
        Values beyond are set to the end.
    decimals : int
        Decimal places kept.
    unit : str
        For the reports (``"years"``).
    """

    mean: float = 0.0
    sd: float = 1.0
    lower: float = -np.inf
    upper: float = np.inf
    decimals: int = 2
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Binary:
    """Values of a 0/1 covariate.

    Parameters
    ----------
    share : float
        Share of 1, between 0 and 1.
    """

    share: float = 0.5


@dataclass(frozen=True, kw_only=True)
class Categorical:
    """Values of a categorical covariate.

    Parameters
    ----------
    shares : mapping of str to float
        Share per category, adding up to 1; the first category is the reference.
    """

    shares: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class SimulatedCovariate:
    """A covariate and how its values are spread over units, independently of everything else.

    Parameters
    ----------
    level : {"child", "therapist", "clinic"}
        The unit it describes; caregivers are described with their child.
    """

    name: str
    level: Literal["child", "therapist", "clinic"] = "child"
    distribution: Numeric | Binary | Categorical = field(default_factory=Binary)

    @property
    def contrasts(self) -> tuple[str, ...]:
        """Labels of its effects: its name, or ``name[category]`` for all but the reference."""
        if isinstance(self.distribution, Categorical):
            return tuple(
                f"{self.name}[{category}]" for category in list(self.distribution.shares)[1:]
            )
        return (self.name,)

    def problems(self) -> list[Problem]:
        """Everything wrong with how the values are spread."""
        where = f"covariates[{self.name}]"
        match self.distribution:
            case Numeric(sd=sd, lower=lower, upper=upper) if not (sd >= 0 and lower < upper):
                message = "sd is at least 0 and lower is below upper"
                return [Problem(where=where, value=self.distribution, message=message)]
            case Binary(share=share) if not 0 <= share <= 1:
                return [Problem(where=where, value=share, message="a share lies between 0 and 1")]
            case Categorical(shares=shares):
                values = list(shares.values())
                if len(values) < 2 or min(values) < 0 or abs(sum(values) - 1) > 1e-9:
                    message = "at least two categories, with shares of at least 0 that add up to 1"
                    return [Problem(where=where, value=dict(shares), message=message)]
        return []


@dataclass(frozen=True, kw_only=True)
class CovariateEffect:
    """What a covariate does to the level and slope of each informant.

    Numeric covariates act per unit around their mean over the children simulated, as the models
    centre them; binary ones act as 1 against 0; categorical ones against the reference category.

    Parameters
    ----------
    of : str
        The covariate's name, or ``name[category]``.
    level, slope : mapping of str to float
        Effect per informant, rating points (for slope: per ``time.per``); informants left out
        have none.
    """

    of: str
    level: Mapping[str, float] = field(default_factory=dict)
    slope: Mapping[str, float] = field(default_factory=dict)
