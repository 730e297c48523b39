"""Does leaving matter? Average changes under four assumptions, and the shifts that would undo them.

No ratings can tell which assumption about leaving is right, so none is reported alone: leaving is
ignored, follows the rating of the day, the alliance behind it, or either. Beside them stands by how
much the ratings that nobody saw would have to differ from what the model expects of them for a
conclusion about change to be lost, or to be reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Unpack

import pandas as pd

from bayes_alliance.design import design
from bayes_alliance.errors import InputError, Problem, Seed, checked_arguments
from bayes_alliance.estimands import leaving
from bayes_alliance.estimands.leaving.assumptions import IGNORING, assumed
from bayes_alliance.estimands.leaving.staying import ASSOCIATION
from bayes_alliance.posterior.fit import Fit, fit, uninterrupted
from bayes_alliance.posterior.sampling import SamplerOptions
from bayes_alliance.posterior.verdict import folded
from bayes_alliance.ratings import Ratings, TimeAxis
from bayes_alliance.ratings.words import Words
from bayes_alliance.results.collection import drawn_prior, of_quantities
from bayes_alliance.specification import ModelSpec
from bayes_alliance.studies.shifts import (
    SAID,
    effect_tipping_points,
    shifted_changes,
    summary_of,
    tipping_points,
    two_sides,
)

COLUMNS = ["median", "lower", "upper", "contraction", "prior_driven"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LeavingStudy:
    """What a study of leaving found.

    Parameters
    ----------
    table : DataFrame
        What ``leaving.csv`` holds, a row per assumption and quantity: averages of growth over the
        children of the study, and what leaving follows, with ``median``, ``lower`` and ``upper``
        (95%), ``contraction`` and ``prior_driven``.
    change : DataFrame
        Index (assumption, informant): average change per unit of time, least squares over the
        times of the study, with its interval, and ``rises``, the probability that it is positive.
    tipping : DataFrame
        A row per conclusion (of an ``informant``, whose average ``rises`` or ``falls``: the
        ``direction``) and shift; what ``tipping.csv`` holds of it: which ``cells`` are shifted
        (``left``: those after leaving; ``missing``: every one that was not given), ``shift``
        (``constant``, or ``growing`` with every occasion since leaving), ``support`` without a
        shift, and ``tipping_point``, how many points lower they are than expected where the
        conclusion begins (``falls``) or ceases (``rises``) to be one; NaN where no shift can.
    effects : DataFrame
        Likewise, of effects of covariates on the change: columns ``covariate`` and ``informant``,
        and those of ``tipping.csv``, where these rows stand too. The conclusion holds on the side
        of the tipping point on which 0 lies, if it holds without a shift.
    two : DataFrame
        Columns ``of``, ``first``, ``second``, ``shift``, ``shift_`` and ``support``: the chance
        that a difference in change is positive if the first side's ratings after leaving are by
        ``shift`` and the second's by ``shift_`` points lower than expected. Of an informant, the
        two groups of the first binary covariate that acts on change; without one, of the two
        informants whose changes differ most clearly. Empty: there are no two sides.
    groups : DataFrame
        Families in treatment at each time, as from ``leaving.by_group``.
    shifted : DataFrame
        Index (informant, shift): average change and its interval if ratings after leaving are by
        ``shift`` points lower, and ``falls``, the probability that it is negative.
    in_treatment : DataFrame
        Index time: families in ``treatment``, their ``share``, and the share that the model in
        which leaving may follow either expects, with its interval.
    hazard : DataFrame
        Index time: of new families in treatment then, the share that the same model expects to have
        left before the next occasion, with its interval.
    words : Words
        What people are called.
    follows : DataFrame
        Index informant: what a point more of the alliance moves the probit of leaving by, with its
        interval, where leaving follows the alliance, and ``prior_driven``.
    time : TimeAxis
        Unit of times, and what changes are per.
    latent : bool
        Whether changes are on a scale without ends, on which a shift moves them in proportion.
    """

    table: pd.DataFrame
    change: pd.DataFrame
    tipping: pd.DataFrame
    effects: pd.DataFrame
    two: pd.DataFrame
    groups: pd.DataFrame
    shifted: pd.DataFrame
    in_treatment: pd.DataFrame
    hazard: pd.DataFrame
    follows: pd.DataFrame
    words: Words
    time: TimeAxis
    latent: bool = False
    synthetic: bool = False

    @property
    def depends(self) -> tuple[str, ...]:
        """Informants of whose change another assumption says another conclusion."""
        said = self.change["rises"].map(_said).groupby(level="informant", sort=False)
        return tuple(str(name) for name, own in said if len(set(own)) > 1)

    @property
    def sentence(self) -> str:
        """Whether conclusions about change depend on the assumption about leaving."""
        informants = self.change.index.get_level_values("informant").unique()
        n = int(self.in_treatment["treatment"].iloc[0])
        left = n - int(self.in_treatment["treatment"].iloc[-1])
        whom = self.words.families if n != 1 else self.words.family
        who = f"{left} of {n} {whom} {self.words.left} before the last occasion. "
        if not self.depends:
            each = "the change" if len(informants) == 1 else "any informant's change"
            return (
                f"{who}Whether leaving is ignored, follows the rating of the day, the alliance "
                f"behind it, or either: what is concluded about {each} is the same."
            )
        names = ", ".join(self.words.spoken(name) for name in self.depends)
        return (
            f"{who}What is concluded about change depends on what leaving follows, for {names}: "
            "report the assumptions side by side."
        )

    def __repr__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence)}</p>{folded(self.change)}"


@checked_arguments
def leaving_study(
    spec: ModelSpec,
    ratings: Ratings,
    *,
    seed: Seed,
    informants: Sequence[str] = (),
    ignoring: Fit | None = None,
    **sampler: Unpack[SamplerOptions],
) -> LeavingStudy:
    """Fit under four assumptions about leaving, and find the shifts that undo conclusions.

    Parameters
    ----------
    spec : ModelSpec
        Of the ratings; what it says of leaving itself is left out.
    seed : int
        Of every fit.
    informants : sequence of str
        Whose alliance, or rating, leaving may follow; all if none are named.
    ignoring : Fit, optional
        Of the model without leaving, if it was fitted already.
    **sampler
        ``draws``, ``tune``, ``chains``, ``cores``, ``target_accept`` of every fit.

    Raises
    ------
    InputError
        If nobody knows who was in treatment, times are not common, nobody leaves, or the model has
        levels only.
    KeyboardInterrupt
        If a fit was interrupted.
    """
    possible(spec, ratings, informants=tuple(informants))
    models = assumed(spec, informants=tuple(informants))
    fits = {} if ignoring is None else {IGNORING: ignoring}
    for name, model in models.items():
        if name not in fits:
            made = fit(model, ratings, seed=seed, progress=False, **sampler)
            fits[name] = uninterrupted(made)
    rows = {name: of_quantities(fits[name], prior=drawn_prior(fits[name])) for name in models}
    averages = spec.trajectory.coefficients
    tables = [_quantities(name, own, averages) for name, own in rows.items()]
    return LeavingStudy(
        table=pd.concat(tables, ignore_index=True),
        change=_change({name: fits[name] for name in models}),
        tipping=tipping_points(fits[IGNORING]),
        effects=effect_tipping_points(fits[IGNORING]),
        two=two_sides(fits[IGNORING]),
        groups=leaving.by_group(ratings),
        shifted=shifted_changes(fits[IGNORING]),
        in_treatment=_in_treatment(fits["either"]),
        hazard=_hazard(fits["either"]),
        follows=_follows(rows["alliance"]),
        words=ratings.words,
        time=ratings.time,
        latent=spec.family.observed_differs,
        synthetic=ratings.synthetic,
    )


def possible(spec: ModelSpec, ratings: Ratings, *, informants: tuple[str, ...] = ()) -> None:
    """Refuse, before anything is fitted, what no study of leaving can be made of.

    Raises
    ------
    InputError
        As `leaving_study`.
    """
    if not spec.trajectory.changes:
        message = (
            "has levels and no change over time, whose conclusions are studied here; for levels "
            "see leaving.side_by_side and leaving.left_minus_stayed"
        )
        raise InputError([Problem(where="model", value=spec.name, message=message)], "leaving")
    design(assumed(spec, informants=informants)["either"], ratings)


def _said(rises: float) -> str:
    return "rises" if rises >= SAID else "falls" if 1.0 - rises >= SAID else "neither"


def _quantities(assumption: str, rows: pd.DataFrame, averages: Sequence[str]) -> pd.DataFrame:
    chosen = rows[rows["quantity"].isin(averages) | rows["quantity"].str.startswith("leaving")]
    named = chosen[["name", *COLUMNS]].rename(columns={"name": "quantity"})
    return named.assign(assumption=assumption)[["assumption", "quantity", *COLUMNS]]


def _follows(rows: pd.DataFrame) -> pd.DataFrame:
    own = rows[rows["quantity"] == ASSOCIATION]
    return own.set_index("informant")[["median", "lower", "upper", "prior_driven"]]


def _change(fits: Mapping[str, Fit]) -> pd.DataFrame:
    rows = [
        summary_of(draws.sel(informant=informant))
        | {
            "assumption": name,
            "informant": informant,
            "rises": float((draws.sel(informant=informant) > 0).mean()),
        }
        for name, fitted in fits.items()
        for draws in (leaving.shifted(fitted, by=0.0),)
        for informant in fitted.design.informants
    ]
    return pd.DataFrame(rows).set_index(["assumption", "informant"])


def _hazard(fitted: Fit) -> pd.DataFrame:
    expected = leaving.hazard(fitted)
    times = expected["time"].values.tolist()
    rows = [{"time": time} | summary_of(expected.sel(time=time)) for time in times]
    return pd.DataFrame(rows).set_index("time")


def _in_treatment(fitted: Fit) -> pd.DataFrame:
    expected = leaving.in_treatment(fitted)
    there = fitted.ratings.occasions.groupby("time")["in_treatment"].sum()
    rows = [
        {
            "time": time,
            "treatment": int(there[time]),
            "share": there[time] / len(fitted.ratings.children),
        }
        | summary_of(expected.sel(time=time))
        for time in expected["time"].values.tolist()
    ]
    return pd.DataFrame(rows).set_index("time")
