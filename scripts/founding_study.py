"""What the founding study reported, beside what its models say of the shipped synthetic example.

The example was made to have the published patterns, so finding them again says that the models read
what is there; it is no replication. Command: ``python scripts/founding_study.py``, which writes
docs/founding_study.md.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

import bayes_alliance as ba

PAGE = Path(__file__).parent.parent / "docs" / "founding_study.md"
# A change per 4 months that nobody would call one, in points of the 12-48 scale.
NO_CHANGE = 0.5
SURE, LIKELY = 0.975, 0.9
MODERATE = (0.3, 0.7)

HEAD = """# The founding study, beside the synthetic example

Accurso & Garland (2015) reported patterns, not the numbers behind them, and their data are not
public. The shipped example is **synthetic** and was made to have these patterns. This table sets
what was published beside what the models named after the study say of the example. That they
reappear shows that the models read what is there; it is no replication.

Medians with 95% intervals. *Stable*: a change per 4 months within {no_change} points with
probability above {likely}. *Fall, lower, higher, less, more favourably*: probability of the
direction above {sure}. *Moderate*: a correlation from {low} to {high}. *No difference*: the
interval contains zero. *Trend*: the median leans that way.

"""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """One published pattern and what a model says about it.

    Parameters
    ----------
    published : str
    model : str
    draws : DataArray
        Dims (chain, draw).
    unit : str
    shows : callable
        From draws to whether the pattern is there.
    """

    published: str
    model: str
    draws: xr.DataArray
    unit: str
    shows: Callable[[xr.DataArray], bool]


def stable(slope: xr.DataArray) -> bool:
    """Whether change is near zero."""
    return float((abs(slope) < NO_CHANGE).mean()) > LIKELY


def falls(slope: xr.DataArray) -> bool:
    """Whether change is surely negative."""
    return float((slope < 0).mean()) > SURE


def higher(difference: xr.DataArray) -> bool:
    """Whether a difference is surely positive."""
    return float((difference > 0).mean()) > SURE


def moderate(correlation: xr.DataArray) -> bool:
    """Whether a correlation is neither weak nor nearly one."""
    return MODERATE[0] < float(correlation.median()) < MODERATE[1]


def open_to_zero(effect: xr.DataArray) -> bool:
    """Whether an effect may be none."""
    lower, upper = effect.quantile([0.025, 0.975])
    return bool(lower < 0 < upper)


def rising(effect: xr.DataArray) -> bool:
    """Whether an effect leans upwards, as a trend does."""
    return float(effect.median()) > 0


def change(fit: ba.Fit, informant: str, at: dict[str, float]) -> xr.DataArray:
    """Change per 4 months of children with a profile."""
    course = ba.effects.trajectories(fit, times=[4.0, 8.0], at=at).sel(informant=informant)
    return course.sel(time=8.0, drop=True) - course.sel(time=4.0, drop=True)


def patterns(ratings: ba.Ratings) -> Iterator[Pattern]:
    """Every pattern of the study that can be read from ratings.

    Parameters
    ----------
    ratings : Ratings

    Yields
    ------
    Pattern
    """
    points, per = "points", "points per 4 months"

    def fitted(name: str) -> ba.Fit:
        return ba.fit(ba.load_model(name), ratings, seed=1, progress=False)

    alone, model = fitted("separate_levels"), "separate_levels"
    slope = alone.moments["slope"]
    for informant, words, shows in (
        ("child", "Children's ratings are stable", stable),
        ("therapist_of_child", "Therapists' ratings of the child alliance fall slightly", falls),
        ("caregiver", "Caregivers' ratings are stable", stable),
        (
            "therapist_of_caregiver",
            "Therapists' ratings of the caregiver alliance are stable",
            stable,
        ),
    ):
        draws = slope.sel(informant=informant)
        yield Pattern(published=words, model=model, draws=draws, unit=per, shows=shows)
    level = alone.moments["level"]
    for client in ("child", "caregiver"):
        draws = level.sel(informant=client) - level.sel(informant=f"therapist_of_{client}")
        words = f"Therapists rate lower than {'children' if client == 'child' else 'caregivers'}"
        yield Pattern(published=words, model=model, draws=draws, unit=points, shows=higher)

    correlation, model = (
        ba.agreement.correlation(fitted("informant_level"), of="level"),
        "informant_level",
    )
    for one, other, words in (
        ("child", "caregiver", "Child and caregiver agree moderately"),
        (
            "child",
            "therapist_of_caregiver",
            "Child and therapist of the caregiver agree moderately",
        ),
        (
            "therapist_of_child",
            "caregiver",
            "Therapist of the child and caregiver agree moderately",
        ),
        (
            "therapist_of_child",
            "therapist_of_caregiver",
            "Both ratings of therapists agree moderately",
        ),
    ):
        draws = correlation.sel(informant=one, informant_=other)
        yield Pattern(published=words, model=model, draws=draws, unit="r", shows=moderate)

    spec = ba.with_covariates(ba.load_model("informant_growth"), {"left": ("level",)})
    fit = ba.fit(spec, ba.leaving.with_who_left(ratings), seed=1, progress=False)
    apart = ba.leaving.left_minus_stayed(fit, way="covariate").sel(coefficient="level")
    for client, words in (("child", "children"), ("caregiver", "caregivers")):
        yield Pattern(
            published=f"Early alliance of {words} who left: no difference",
            model="informant_growth",
            draws=apart.sel(informant=client),
            unit=points,
            shows=open_to_zero,
        )

    fit, model = fitted("predict_child"), "predict_child"
    for covariate, children in (
        ("female", "girls"),
        ("anxiety", "children with an anxiety disorder"),
    ):
        effect = ba.effects.contrast(fit, covariate, on="slope")
        draws = effect.sel(informant="therapist_of_child")
        words = f"Therapists' ratings change more favourably for {children}"
        yield Pattern(published=words, model=model, draws=draws, unit=per, shows=higher)
        draws = effect.sel(informant="child")
        words = f"Children's ratings: no such difference for {children}"
        yield Pattern(published=words, model=model, draws=draws, unit=per, shows=open_to_zero)

    fit, model = fitted("predict_caregiver"), "predict_caregiver"
    white = ba.effects.contrast(fit, "caregiver_white", on="level").sel(informant="caregiver")
    yield Pattern(
        published="Non-Hispanic white caregivers start higher",
        model=model,
        draws=white,
        unit=points,
        shows=higher,
    )
    white = ba.effects.contrast(fit, "caregiver_white", on="slope").sel(informant="caregiver")
    yield Pattern(published="... and improve less", model=model, draws=white, unit=per, shows=falls)
    years = ba.effects.contrast(fit, "experience", on="level").sel(informant="caregiver")
    yield Pattern(
        published="Stronger with less experienced therapists",
        model=model,
        draws=-years,
        unit="points per year less",
        shows=higher,
    )
    fit, model = fitted("predict_therapist"), "predict_therapist"
    years = ba.effects.contrast(fit, "experience", on="slope")
    yield Pattern(
        published="A trend: more experienced therapists perceive an increase",
        model=model,
        draws=years.sel(informant="therapist_of_caregiver"),
        unit="points per 4 months and year",
        shows=rising,
    )


def beside(ratings: ba.Ratings) -> pd.DataFrame:
    """The table: published, ours, whether it reappears.

    Parameters
    ----------
    ratings : Ratings

    Returns
    -------
    DataFrame
    """
    rows = []
    for pattern in patterns(ratings):
        median, lower, upper = np.quantile(pattern.draws.values, [0.5, 0.025, 0.975])
        rows.append(
            {
                "published": pattern.published,
                "model": f"`{pattern.model}`",
                "ours (synthetic)": f"{median:.2f} [{lower:.2f}, {upper:.2f}] {pattern.unit}",
                "reappears": "yes" if pattern.shows(pattern.draws) else "no",
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    """Write the page."""
    table = beside(ba.load_example("usual_care"))
    low, high = MODERATE
    text = HEAD.format(no_change=NO_CHANGE, likely=LIKELY, sure=SURE, low=low, high=high)
    lines = ["| " + " | ".join(table.columns) + " |", "|---" * len(table.columns) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in table.itertuples(index=False)]
    PAGE.write_text(text + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
