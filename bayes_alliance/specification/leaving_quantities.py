"""What leaving treatment adds to the quantities that have priors, and the priors they have.

`candidates` lists them, with the reason where a model lacks one; `default` is the prior where
nobody says more.
"""

from collections.abc import Iterator, Mapping

from bayes_alliance.specification.leaving import LEVEL_NOW, SLOPE, Leaving
from bayes_alliance.specification.priors import Prior
from bayes_alliance.specification.priors.coefficients import Normal
from bayes_alliance.specification.priors.sds import HalfNormal
from bayes_alliance.specification.priors.shares import Beta
from bayes_alliance.specification.quantity import Quantity

NOT_THERE = "it has no [leaving] table"


def candidates(leaving: Leaving | None, *, known: bool) -> Iterator[Quantity]:
    """Quantities of leaving, with the reason where a model lacks them.

    Parameters
    ----------
    known : bool
        Whether the table could be read.
    """

    def unless(there: bool, why: str) -> str | None:
        if not known:
            return None
        if leaving is None:
            return NOT_THERE
        return "" if there else why

    one = leaving or Leaving()
    yield Quantity(
        key="leaving_baseline",
        kind="coefficient",
        block="leaving",
        brief="leaving by interval (probit)",
        meaning="how likely a family on the average curve leaves in an interval, as a probit",
        dims=("interval",),
        absent=unless(True, ""),
    )
    yield Quantity(
        key="leaving_on",
        kind="coefficient",
        block="leaving",
        brief="what leaving follows (probit per spread)",
        meaning="what leaving follows: probit per spread of the current alliance, or rating",
        per="spread",
        absent=unless(one.acts_now, f'leaving.on does not name "{LEVEL_NOW}"'),
    )
    yield Quantity(
        key="leaving_on_slope",
        kind="coefficient",
        block="leaving",
        brief="what leaving follows of the slope (probit per spread)",
        meaning="what leaving follows of the slope: probit per spread and unit of scaled time",
        per="spread",
        absent=unless(one.acts_by_slope, f'leaving.on does not name "{SLOPE}"'),
    )
    yield Quantity(
        key="leaving_share",
        kind="share",
        block="leaving",
        brief="share of the alliance in what leaving follows",
        meaning=(
            "how much of what leaving follows is the alliance (1), not the rating of the day (0)"
        ),
        dims=(),
        absent=unless(one.acts_now and one.share is None, f'leaving.follows is "{one.follows}"'),
    )
    yield Quantity(
        key="leaving_covariate",
        kind="coefficient",
        block="leaving",
        brief="effects on leaving (probit per contrast or SD)",
        meaning="effects of covariates on leaving: probit per contrast or standard deviation",
        per="contrast or sd",
        dims=("leaving_covariate_of",),
        absent=unless(bool(one.covariates), "leaving.covariates names none"),
    )
    yield Quantity(
        key="leaving_therapist_sd",
        kind="sd",
        block="leaving",
        brief="therapist SD of leaving (probit)",
        meaning="how much therapists differ in how likely their families leave (probit, SD)",
        expects="95% below {below}",
        dims=(),
        level="therapist",
        absent=unless(one.therapist, "leaving.therapist is false"),
    )


PRIORS: Mapping[str, Prior] = {
    "leaving_baseline": Normal(
        mean=-0.5,
        sd=1.0,
        reason=(
            "judgement: between 1 and 93 in a hundred families on the average curve leave in an "
            "interval, most likely about a third"
        ),
    ),
    "leaving_on": Normal(
        mean=0.0,
        sd=2.0,
        reason=(
            "judgement: per spread of the scale, so that 95% of associations lie within 0.22 "
            "probits per point of a 12-48 scale, which would settle who leaves; no direction is "
            "favoured"
        ),
    ),
    "leaving_on_slope": Normal(
        mean=0.0,
        sd=5.0,
        reason=(
            "judgement: slopes differ by about a fifth of what levels differ by; ratings say "
            "little here and the prior shows"
        ),
    ),
    "leaving_share": Beta(
        alpha=1.0,
        beta=1.0,
        reason="judgement: ratings say little about the share, and every share is alike",
    ),
    "leaving_covariate": Normal(
        mean=0.0,
        sd=0.5,
        reason=(
            "judgement: per contrast or standard deviation; effects of more than one probit, from "
            "a third who leave to nearly three quarters, are unlikely"
        ),
    ),
    "leaving_therapist_sd": HalfNormal(
        scale=0.5,
        reason="judgement: mass near 0; therapists hardly differ by more than one probit",
    ),
}

OF_ALL = Normal(
    mean=0.0,
    sd=1.0,
    reason=(
        "judgement: per spread of the scale and informant, all of whom act together, so that 95% "
        "of associations lie within 0.11 probits per point of a 12-48 scale; no direction is "
        "favoured"
    ),
)


def default(key: str, leaving: Leaving) -> Prior:
    """The prior of a quantity of leaving where nobody says more."""
    return OF_ALL if key == "leaving_on" and not leaving.informants else PRIORS[key]
