"""Leaving treatment as part of a model: what it follows, in words, in symbols, and what it needs.

`Leaving` is the table ``[leaving]`` of a model file. A child in treatment at one occasion has left
before the next one where a latent number is above 0 (a probit hazard); this number may depend on
the current alliance, on the rating of the day, or on either of them. What has a prior then is in
`leaving_quantities`.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic.dataclasses import dataclass

from bayes_alliance.errors import InputError, Problem, nearest
from bayes_alliance.levels import LevelName
from bayes_alliance.specification.covariate_term import CovariateTerm
from bayes_alliance.specification.entries import STRICT, Text, Yes, in_plain_words, one_of
from bayes_alliance.specification.families import Family
from bayes_alliance.specification.phrases import PLUS, listed
from bayes_alliance.specification.residual import Residual

ALLIANCE, RATING, EITHER = "alliance", "rating", "either"
# The share of an association that is with the alliance; the rest is with the rating of the day.
SHARES: Mapping[str, float | None] = {ALLIANCE: 1.0, RATING: 0.0, EITHER: None}
LEVEL_NOW, SLOPE = "level_now", "slope"


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class Leaving:
    """What leaving treatment follows.

    Parameters
    ----------
    follows : {"alliance", "rating", "either"}
        Whether families leave by the alliance behind the ratings, which nobody sees, by the rating
        given that day, or by a mixture of both whose share is estimated.
    on : tuple of str
        ``"level_now"``: the alliance (or rating) of the occasion; ``"slope"``: how fast it changes,
        of which ratings tell little.
    informants : tuple of str
        Those whose ratings, or alliance, count; empty: all.
    covariates : tuple of str
        Of children, their therapists or clinics, that act on the hazard.
    by : str or None
        A covariate with categories, each with an association of its own.
    therapist : bool
        Whether therapists differ in how likely their families leave.
    """

    follows: Annotated[str, one_of(SHARES)] = EITHER
    on: tuple[Annotated[str, one_of((LEVEL_NOW, SLOPE))], ...] = (LEVEL_NOW,)
    informants: tuple[Text, ...] = ()
    covariates: tuple[Text, ...] = ()
    by: Text | None = None
    therapist: Yes = False

    def __post_init__(self) -> None:
        named = {"on": self.on, "informants": self.informants, "covariates": self.covariates}
        problems = [
            Problem(where=where, value=list(names), message="names one twice")
            for where, names in named.items()
            if len(set(names)) < len(names)
        ]
        if not self.acts_now and self.follows != ALLIANCE:
            message = f'must be "{ALLIANCE}": a slope is never that of a rating'
            problems.append(Problem(where="follows", value=self.follows, message=message))
        if problems:
            raise InputError(problems, "leaving")

    @property
    def acts_now(self) -> bool:
        """Whether the level of the occasion counts."""
        return LEVEL_NOW in self.on

    @property
    def acts_by_slope(self) -> bool:
        """Whether the slope counts."""
        return SLOPE in self.on

    @property
    def share(self) -> float | None:
        """Share of the association that is with the alliance; None: estimated."""
        return SHARES[self.follows]

    @property
    def brief(self) -> str:
        """What it follows, in a few words."""
        what = {EITHER: "alliance or rating"}.get(self.follows, self.follows)
        if not self.acts_now:
            return SLOPE if self.acts_by_slope else "chance"
        return f"{what} and slope" if self.acts_by_slope else what

    @property
    def sentence(self) -> str:
        """What the model says about who leaves."""
        said = (
            "Whether a family in treatment at one occasion has left before the next one is part of "
            "the model (a probit for every interval)."
        )
        who = listed(self.informants) if self.informants else "all informants"
        if self.acts_now:
            what = {
                ALLIANCE: f"the current alliance behind the ratings of {who}, which nobody sees",
                RATING: f"the rating that {who} gave that day, so that leaving could be ignored "
                "given the ratings",
                EITHER: f"the current alliance or the rating of the day, of {who}, in shares that "
                "are estimated",
            }[self.follows]
            said += f" It follows {what}."
        if self.acts_by_slope:
            said += (
                f" It {'also ' if self.acts_now else ''}follows how fast the alliance of {who} "
                "changes; of this ratings tell little, and the prior shows."
            )
        if self.by:
            said += f" What it follows may differ by {self.by}."
        if self.covariates:
            said += f" {listed(self.covariates)} act on it directly."
        if self.therapist:
            said += " Therapists differ in how likely their families leave."
        return said

    @property
    def assumption(self) -> str:
        """What is taken of ratings after leaving, which nobody saw."""
        why = {
            ALLIANCE: "leaving depends on the alliance, which nobody sees, and cannot be ignored",
            RATING: "leaving depends on ratings, those of the day that are missing among them",
            EITHER: "leaving may depend on the alliance, which nobody sees, and cannot be ignored "
            "unless it follows ratings alone",
        }[self.follows]
        return (
            "Ratings that are missing in treatment are taken as missing at random. Ratings after "
            "leaving are taken to be as they would have been in treatment, given the ratings that "
            f"were seen and who left: {why}."
        )

    @property
    def formulas(self) -> tuple[str, ...]:
        """Equations of the hazard."""
        of_group = f"[{self.by}ᵢ]" if self.by else ""
        terms = ["leaving_baselineₜ"]
        terms += [f"leaving_covariate[{name}] · {name}ᵢ" for name in self.covariates]
        if self.acts_now:
            followed = {
                ALLIANCE: "mᵢₜₖ",
                RATING: "yᵢₜₖ",
                EITHER: "leaving_share · mᵢₜₖ + (1 − leaving_share) · yᵢₜₖ",
            }[self.follows]
            terms.append(f"Σₖ leaving_on{of_group}ₖ · ({followed} − μₜₖ)")
        if self.acts_by_slope:
            terms.append(f"Σₖ leaving_on_slope{of_group}ₖ · (slopeᵢₖ − γ[slope]ₖ)")
        if self.therapist:
            terms.append("Normal(0, leaving_therapist_sd²)ⱼ")
        terms.append("Normal(0, 1)")
        return (f"zᵢₜ = {PLUS.join(terms)}",)

    @property
    def legend(self) -> tuple[str, ...]:
        """What their symbols mean."""
        return (
            "zᵢₜ: above 0 where a family in treatment at t has left before the next occasion",
            *(
                ("m: the rating without its residual; μ: that of the average curve",)
                if self.acts_now
                else ()
            ),
        )

    def without(self, levels: Sequence[LevelName | str]) -> "Leaving":
        """The same where some levels have no effects."""
        if "therapist" not in levels:
            return self
        return Leaving(
            follows=self.follows,
            on=self.on,
            informants=self.informants,
            covariates=self.covariates,
            by=self.by,
        )

    def problems(
        self,
        *,
        coefficients: Sequence[str],
        informants: Sequence[str],
        has_therapists: bool,
        family: Family | None,
        residual: Residual | None,
        covariates: Sequence[CovariateTerm],
    ) -> list[Problem]:
        """What does not go with the rest of a model.

        Parameters
        ----------
        coefficients : sequence of str
            Of the trajectory; empty: could not be read.
        informants : sequence of str
            Whom the model is about; empty: all.
        family, residual
            None: could not be read.
        """
        problems = [
            Problem(
                where="leaving.informants",
                value=one,
                message="the model is not about this informant: "
                f"informants names {listed(informants)}.{nearest(one, informants)}",
            )
            for one in self.informants
            if informants and one not in informants
        ]
        if self.acts_by_slope and coefficients and SLOPE not in coefficients:
            message = f"the trajectory has no slope (its coefficients: {', '.join(coefficients)})"
            problems.append(Problem(where="leaving.on", value=SLOPE, message=message))
        if self.therapist and not has_therapists:
            message = "needs therapist effects, in a table [therapist]"
            problems.append(Problem(where="leaving.therapist", value=True, message=message))
        problems += self._of_ratings(family, residual)
        message = "does not go with leaving: leave [leaving] out, or estimate no means of children"
        return problems + [
            Problem(where=option.where, value=option.value, message=message)
            for term in covariates
            for option in term.means
        ]

    def _of_ratings(self, family: Family | None, residual: Residual | None) -> list[Problem]:
        """Families and residuals for which leaving is not worked out."""
        problems = []
        if family is not None and family.latent:
            message = "does not go with leaving, which is worked out for ratings that are normal"
            where = "likelihood.family"
            problems.append(Problem(where=where, value=family.name, message=message))
        if residual is not None and residual.relates_occasions:
            message = "needs occasions that are unrelated given the alliance: let residuals be so"
            problems.append(Problem(where="leaving", message=message))
        if self.share == 1.0:
            return problems
        message = f'where residuals are not alike leaving can only follow the "{ALLIANCE}"'
        alike = residual is None or residual.same_everywhere or residual.relates_occasions
        if (family is not None and family.completes_occasions) or not alike:
            problems.append(Problem(where="leaving.follows", value=self.follows, message=message))
        return problems
