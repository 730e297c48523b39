"""The residual of a model: how ratings of one child at one occasion differ from its trajectory.

`Residual` is the table of a model file, and answers what its options mean: in words, in symbols,
which quantities they bring along (`candidates`), and what does not go with them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic.dataclasses import dataclass

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.specification.covariate_term import CovariateTerm
from bayes_alliance.specification.entries import STRICT, Text, Yes, in_plain_words, one_of
from bayes_alliance.specification.families import Family
from bayes_alliance.specification.option import Option
from bayes_alliance.specification.phrases import PLUS, listed
from bayes_alliance.specification.quantity import Quantity
from bayes_alliance.specification.structures import STRUCTURES, WITHOUT_FACTORS


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Residual:
    """How ratings of one child at one occasion differ from its trajectory.

    Parameters
    ----------
    structure : str
        Of residuals of different informants; one without common factors.
    sd_on : tuple of str
        Covariates of the model that also act on how much ratings scatter, on the logarithm of the
        residual standard deviation (Hedeker, Mermelstein and Demirtas 2008).
    autoregression : bool
        Residuals are autocorrelated: the correlation of residuals at two occasions falls
        geometrically with the time in between, in the same way for all informants.
    """

    structure: Annotated[str, one_of(WITHOUT_FACTORS)]
    sd_on: tuple[Text, ...] = ()
    autoregression: Yes = False

    def __post_init__(self) -> None:
        if len(set(self.sd_on)) < len(self.sd_on):
            message = "names a covariate twice"
            problem = Problem(where="sd_on", value=list(self.sd_on), message=message)
            raise InputError([problem], "residual")

    @property
    def is_correlated(self) -> bool:
        """Whether residuals of one occasion are correlated between informants."""
        return bool(STRUCTURES[self.structure].correlations)

    @property
    def options(self) -> tuple[Option, ...]:
        """The options that are used; with none, occasions are alike and unrelated."""
        options = (
            Option(
                where="residual.sd_on",
                value=list(self.sd_on),
                what="residuals whose spread depends on covariates are",
            ),
            Option(
                where="residual.autoregression",
                value=self.autoregression,
                what="autocorrelated residuals are",
            ),
        )
        return tuple(option for option in options if option.value)

    @property
    def same_everywhere(self) -> bool:
        """Whether occasions are alike and unrelated, given everything else."""
        return not self.options

    @property
    def relates_occasions(self) -> bool:
        """Whether residuals of different occasions are correlated."""
        return self.autoregression

    @property
    def otherwise(self) -> "Residual":
        """The same, with residuals of different occasions related if they are not, or unrelated."""
        return replace(self, autoregression=not self.autoregression)

    @property
    def brief(self) -> str:
        """In a few words: ``"correlated, sd on anxiety, autoregression"``."""
        said = [self.structure]
        said += [f"sd on {', '.join(self.sd_on)}"] if self.sd_on else []
        said += ["autoregression"] if self.autoregression else []
        return ", ".join(said)

    @property
    def legend(self) -> tuple[str, ...]:
        """What the symbols of its equations mean, but for the residual itself."""
        meaning = "rᵢₜ: eᵢₜ as it would be with these covariates at zero, holds all informants"
        return (meaning,) if self.sd_on else ()

    def sentence(self, family: Family, *, alone: bool = False) -> str:
        """What the model says about occasions.

        Parameters
        ----------
        family : Family
            Of its ratings.
        alone : bool
            Whether there is one informant.
        """
        related = "correlated" if self.is_correlated else "unrelated"
        residual = f"The residual of a child's {family.residual_of} at one occasion"
        if alone:
            said = f"{residual} has one standard deviation."
        else:
            said = (
                f"{residual} is {related} between informants, with a standard deviation of its own "
                "for each informant."
            )
        if self.sd_on:
            said += (
                f" This standard deviation depends on {listed(self.sd_on)}: by a factor for each "
                f"{'' if alone else 'informant and '}covariate. The one reported is that of "
                "covariates at zero: numeric ones at their mean, binary ones at 0, categorical "
                "ones at their reference."
            )
        if self.autoregression:
            said += (
                " Residuals are autocorrelated over occasions: the correlation of residuals at two "
                "occasions falls geometrically with the time in between"
                f"{'' if alone else ', in the same way for all informants'}."
            )
        return said

    def formulas(self, law: str, symbols: Mapping[str, str]) -> list[str]:
        """Equations of the residual.

        Parameters
        ----------
        law : str
            Its distribution, as it would be without options.
        symbols : mapping of str to str
            By the name of a covariate, its value at an occasion.
        """
        letter, lines = "eᵢₜ", []
        if self.sd_on:
            letter = "rᵢₜ"
            terms = PLUS.join(f"α[{name}]ₖ · {symbols[name]}" for name in self.sd_on)
            lines.append(f"eᵢₜₖ = rᵢₜₖ · exp({terms})")
        lines.append(f"{letter} ~ {law}")
        if self.autoregression:
            lines.append(
                f"Cov({letter}, {letter}′) = S_residual · residual_autoregression ^ |sᵢₜ − sᵢₜ′|"
            )
        return lines

    def problems(self, terms: Sequence[CovariateTerm], family: Family | None) -> list[Problem]:
        """What acts on the spread must act on the mean, and families may refuse options.

        Parameters
        ----------
        terms : sequence of CovariateTerm
            The covariates of the model.
        family : Family or None
            None: could not be read.
        """
        names = [term.name for term in terms]
        problems = []
        for name in self.sd_on:
            if name not in names:
                message = (
                    "is no covariate of this model: what acts on how much ratings scatter must act "
                    f"on the ratings as well, in [covariates].{nearest(name, names)}"
                )
                problems.append(Problem(where="residual.sd_on", value=name, message=message))
            elif ":" in name:
                message = "is an interaction, which cannot act on how much ratings scatter"
                problems.append(Problem(where="residual.sd_on", value=name, message=message))
        if family is None:
            return problems
        if family.no_autoregression and self.relates_occasions:
            message = f'does not go with family = "{family.name}", {family.no_autoregression}'
            where = "residual.autoregression"
            problems.append(Problem(where=where, value=self.autoregression, message=message))
        return problems


def candidates(residual: Residual | None) -> Iterator[Quantity]:
    """Quantities that the options bring along, with the reason where they do not.

    Parameters
    ----------
    residual : Residual or None
        None: could not be read.
    """
    without_covariates = "" if residual and residual.sd_on else "residual.sd_on names no covariate"
    unrelated = "" if residual and residual.autoregression else "residual.autoregression is false"
    yield Quantity(
        key="residual_sd_on",
        kind="effect on sd",
        block="residuals",
        brief="effects on the residual SD (per contrast or SD)",
        meaning=(
            "effects of covariates on the logarithm of the residual standard deviation, per "
            "contrast or per standard deviation"
        ),
        expects="95% of factors of the standard deviation between {lower} and {upper}",
        per="contrast or sd",
        logarithm=True,
        dims=("residual_covariate", "informant"),
        absent=None if residual is None else without_covariates,
    )
    yield Quantity(
        key="residual_autoregression",
        kind="share",
        block="residuals",
        brief="correlation of residuals one unit of scaled time apart",
        meaning=(
            "autocorrelation of the residual: its correlation at two occasions one unit of scaled "
            "time apart"
        ),
        dims=(),
        absent=None if residual is None else unrelated,
    )
