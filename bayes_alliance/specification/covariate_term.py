"""Covariates of a model, what they act on, and how: in words and in symbols.

`CovariateTerm` is an entry of the table of covariates of a model file. Its options are one effect
for all informants, and effects within and between children of what varies over occasions.
"""

from typing import Annotated

from pydantic import BeforeValidator
from pydantic.dataclasses import dataclass

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.specification.entries import STRICT, Text, Yes, in_plain_words
from bayes_alliance.specification.option import Option
from bayes_alliance.specification.parts import Trajectory
from bayes_alliance.specification.phrases import listed

LATENT = "latent"


def _split(value: object) -> object:
    if value is True or value is False or value == LATENT:
        return value
    raise ValueError(f'must be true, false or "{LATENT}"')


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class CovariateTerm:
    """A covariate, or the interaction of two, and what it acts on.

    Parameters
    ----------
    name : str
        As in the study file. Two names with a colon between, ``"anxiety:female"``, are the
        interaction of two covariates that are in the model themselves: the product of their coded
        columns.
    on : tuple of str
        Growth coefficients; for a covariate that varies over occasions exactly ``("rating",)``.
    shared : bool
        One effect for all informants, in spreads of their scales; otherwise one for each.
    within_between : bool or "latent"
        For a covariate that varies over occasions: its deviation from the child's mean acts on
        the rating (within children), and the child's mean, as a column of its own, on the level
        (between children; Curran and Bauer 2011). The child's mean is the average over the
        occasions at which the child was rated. With few of these it is a noisy stand-in for what
        the child is like in the long run, and the effect between children is then pulled towards
        the one within; ``"latent"`` makes the means parameters instead (Lüdtke et al. 2008).
    """

    name: Text
    on: tuple[Text, ...]
    shared: Yes = False
    within_between: Annotated[bool | str, BeforeValidator(_split)] = False

    def __post_init__(self) -> None:
        problems = [*self._problem_of_name(), *self._problem_of_on()]
        if self.splits and not self.acts_on_rating:
            message = 'belongs to covariates that vary over occasions, which act on ["rating"]'
            value = self.within_between
            problems.append(Problem(where="within_between", value=value, message=message))
        if problems:
            raise InputError(problems, "covariate")

    @property
    def parts(self) -> tuple[str, ...]:
        """The covariates of the study file behind it: one, or the two of an interaction."""
        return tuple(self.name.split(":"))

    @property
    def acts_on_rating(self) -> bool:
        """Whether it varies over occasions, and acts on the rating itself."""
        return self.on == ("rating",)

    @property
    def splits(self) -> bool:
        """Whether it has effects within and between children."""
        return bool(self.within_between)

    @property
    def estimates_means(self) -> bool:
        """Whether the means of children are parameters."""
        return self.within_between == LATENT

    @property
    def where_split(self) -> str:
        """Key, in a model file, of what makes effects within and between children."""
        return f"covariates.{self.name}.within_between"

    @property
    def means(self) -> tuple[Option, ...]:
        """The option by which means of children are parameters, if it is used."""
        what = "means of children that are parameters are"
        option = Option(where=self.where_split, value=self.within_between, what=what)
        return (option,) if self.estimates_means else ()

    @property
    def shared_effects(self) -> tuple[Option, ...]:
        """The option by which all informants have one effect, if it is used."""
        what = "one effect for all informants is"
        option = Option(where=f"covariates.{self.name}.shared", value=self.shared, what=what)
        return (option,) if self.shared else ()

    @property
    def options(self) -> tuple[Option, ...]:
        """Options that are used and that no coding of columns carries out."""
        return (*self.means, *self.shared_effects)

    def sentence(self, trajectory: Trajectory, *, alone: bool = False) -> str:
        """What a model with a trajectory says about it.

        Parameters
        ----------
        alone : bool
            Whether there is one informant.
        """
        name, who = f"The covariate {self.name}", ", for each informant separately"
        if alone:
            who = ""
        elif self.shared:
            who = ", by one effect for all informants (in spreads of their scales)"
        if self.estimates_means:
            acts = (
                "varies over occasions around the child's mean in the long run, which is "
                "estimated: the deviation from it acts on the rating itself (within children), and "
                "the mean acts on level (between children)"
            )
        elif self.splits:
            acts = (
                "varies over occasions: its deviation from the child's mean acts on the rating "
                "itself (within children), and the child's mean acts on level (between children)"
            )
        elif self.acts_on_rating:
            acts = "varies over occasions and acts on the rating itself"
        else:
            acts = f"acts on {listed(map(trajectory.said, self.on))}"
        if len(self.parts) == 2:
            name = f"The interaction of {self.parts[0]} and {self.parts[1]}"
        return f"{name} {acts}{who}."

    @property
    def at_occasion(self) -> str:
        """Symbol of its value at an occasion, of which the child's mean is no part if it splits."""
        if self.splits:
            return f"({self.name}ᵢₜ − {self._mean})"
        return f"{self.name}ᵢₜ" if self.acts_on_rating else f"{self.name}ᵢ"

    @property
    def effect_on_rating(self) -> str:
        """Its term in the equation of the rating; empty if it acts on growth coefficients."""
        if not self.acts_on_rating:
            return ""
        return f"{self._effect(f'δ[{self.name}]')} · {self.at_occasion}"

    def effect_on(self, coefficient: str) -> str:
        """Its term in the equation of a growth coefficient; empty if it does not act on it."""
        effect = self._effect(f"β[{coefficient}, {self.name}]")
        if coefficient in self.on:
            return f"{effect} · {' · '.join(f'{part}ᵢ' for part in self.parts)}"
        if coefficient == "level" and self.splits:
            return f"{effect} · {self._mean}"
        return ""

    @property
    def legend(self) -> tuple[str, ...]:
        """What the symbols of its terms mean."""
        mean = (
            f"{self._mean}: the child's mean in the long run, a parameter around which "
            f"{self.name}ᵢₜ is normal"
        )
        spread = "spread: half the range of the informant's scale"
        return (*((mean,) if self.estimates_means else ()), *((spread,) if self.shared else ()))

    def _effect(self, symbol: str) -> str:
        return f"{symbol} · spreadₖ" if self.shared else f"{symbol}ₖ"

    @property
    def _mean(self) -> str:
        return f"ξ[{self.name}]ᵢ" if self.estimates_means else f"mean {self.name}ᵢ"

    def _problem_of_name(self) -> list[Problem]:
        if len(self.parts) == 1:
            return []
        if len(self.parts) > 2 or len(set(self.parts)) < 2 or not all(map(str.strip, self.parts)):
            message = 'joins two different covariates with one colon, as in "anxiety:female"'
        elif "rating" in self.on:
            message = "is an interaction, which acts on growth coefficients, not on the rating"
        else:
            return []
        return [Problem(where="name", value=self.name, message=message)]

    def _problem_of_on(self) -> list[Problem]:
        value = list(self.on)
        if not self.on:
            message = 'must name what the covariate acts on, as in ["level", "slope"]'
        elif len(set(self.on)) < len(self.on):
            message = "names a coefficient twice"
        elif "rating" in self.on and len(self.on) > 1:
            message = (
                'acts either on growth coefficients or, if it varies over occasions, on ["rating"] '
                "alone"
            )
        else:
            return []
        return [Problem(where="on", value=value, message=message)]
