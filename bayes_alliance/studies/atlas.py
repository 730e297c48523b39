"""Every conclusion under every reasonable choice: the atlas of a study.

`of` fits a model as stated, and again under each choice that might have been made otherwise: the
width of the priors of each block, the family of ratings at the ends and in the tails,
autocorrelation, trajectory, levels, covariates, what leaving follows, shifts of ratings after
leaving, an informant or a therapist left out. Where importance weights are exact enough nothing is
fitted again. What the model or the ratings do not allow is listed with the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from bayes_alliance.design import design, modelled
from bayes_alliance.errors import Count, InputError, Problem, Seed, checked_arguments
from bayes_alliance.estimands.leaving.assumptions import IGNORING, assumed
from bayes_alliance.posterior.prior_draws import CHAINS
from bayes_alliance.posterior.verdict import folded
from bayes_alliance.ratings import Ratings
from bayes_alliance.ratings.words import Words
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.alternatives import Alternative, alternatives, said
from bayes_alliance.studies.analyses import COLUMNS, DRAWS, STATED, analysed
from bayes_alliance.studies.asked import asked
from bayes_alliance.studies.atlas_words import sentences
from bayes_alliance.studies.conclusions import Conclusion
from bayes_alliance.studies.leaving import possible
from bayes_alliance.studies.runner import Place, Results, run

__all__ = ["Atlas", "of"]

NOT_MADE = ["what", "setting", "reason"]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Atlas:
    """Conclusions under every choice.

    Parameters
    ----------
    table : DataFrame
        What ``atlas.csv`` holds, a row per conclusion and analysis: ``conclusion``, ``what`` is
        chosen otherwise, its ``setting``, ``support``, ``verdict`` (supported above 0.975,
        contradicted below 0.025, undecided between; not defined where the model has no such
        quantity), ``prior_driven`` (whether the ratings took away less than half of the prior's
        variance of a quantity that it is about), ``how`` (refit, reweighted or shifted),
        ``pareto_k`` of the weights and ``mcse``, the Monte-Carlo standard error of the support.
        The analysis as stated comes first.
    not_made : DataFrame
        Columns ``what``, ``setting``, ``reason``.
    failed : mapping of str to str
        Refit to what went wrong.
    draws : int
        Of each of four chains of every fit.
    done : int
        Fits that are done.
    waiting : int
        Fits that other shards have not done yet.
    """

    table: pd.DataFrame
    not_made: pd.DataFrame
    failed: Mapping[str, str]
    draws: int
    done: int = 0
    waiting: int = 0
    synthetic: bool = False
    words: Words = field(default_factory=Words)

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence for each conclusion."""
        return tuple(sentences(self.table, self.words, n_draws=CHAINS * self.draws))

    @property
    def sentence(self) -> str:
        """What became of all conclusions."""
        if self.waiting:
            n = self.waiting
            return f"{n} fit{' is' if n == 1 else 's are'} not done yet: there are no verdicts."
        text = " ".join(self.sentences)
        if self.failed:
            n, named = len(self.failed), self.words.said("; ".join(self.failed))
            text += f" {n} fit{'' if n == 1 else 's'} failed: {named}."
        return text

    def __repr__(self) -> str:
        return f"Atlas. {self.sentence}"

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.sentence)}</p>{folded(self.table)}"


@checked_arguments
def of(
    spec: ModelSpec,
    ratings: Ratings,
    *,
    conclusions: Sequence[Conclusion],
    seed: Seed,
    draws: Count = DRAWS,
    place: Place | None = None,
) -> Atlas:
    """Look at every conclusion under every choice that the model and the ratings allow.

    Parameters
    ----------
    draws : int
        Of each of four chains of every fit: fewer than of a fit that is reported.
    place : Place, optional
        Where results are kept (a folder makes the study resumable) and how many processes compute.

    Raises
    ------
    InputError
        If the model cannot be fitted to these ratings, a conclusion is about a quantity it does
        not have, the folder holds another study, or every fit failed.
    """
    place = place or Place()
    about, shared = asked("atlas", spec, ratings, conclusions=conclusions, seed=seed, place=place)
    chosen = list(_checked(_choices(spec, ratings), ratings))
    not_made = [[one.what, one.setting, one.reason] for one in chosen if one.spec is None]
    about |= {"draws": draws, "not_made": not_made}
    shared |= {"draws": draws}
    pieces = {STATED: shared | {"spec": spec.to_toml(), "what": STATED, "setting": ""}}
    for one in chosen:
        if one.spec is not None:
            named = {"what": one.what, "setting": one.setting}
            pieces[f"{one.what}: {one.setting}"] = shared | named | {"spec": one.spec.to_toml()}
    results = run(analysed, pieces, about=about, place=place)
    if STATED in results.failed:
        problem = Problem(where=STATED, message=results.failed[STATED])
        raise InputError([problem], "atlas: the fit as stated failed")
    # What weights cannot say is known after the fit as stated. A shard goes on where all results
    # are in its folder: others may have none of that fit.
    more = wanted(about, results)
    if more and not results.waiting:
        pieces |= {key: shared | one for key, one in more.items()}
        results = run(analysed, pieces, about=about, place=place)
    return atlas_of(about, results)


def wanted(_about: Mapping[str, Any], results: Results) -> dict[str, dict[str, Any]]:
    """Analyses that need a fit, as the fit as stated has shown, by key."""
    stated = results.done.get(STATED, {"wanted": []})
    return {f"{one['what']}: {one['setting']}": one for one in stated["wanted"]}


def atlas_of(about: Mapping[str, Any], results: Results) -> Atlas:
    """Put analyses together.

    Parameters
    ----------
    about : mapping
        What the study is, as its folder says.
    """
    done = [] if results.waiting else list(results.done.values())
    rows = [row for result in done for row in result["rows"]]
    table = pd.DataFrame(rows, columns=COLUMNS)
    # All analyses of one choice together, as they first come; the one as stated is the first.
    order = {what: place for place, what in enumerate(dict.fromkeys(table["what"]))}
    table = table.sort_values("what", key=lambda column: column.map(order), kind="stable")
    refused = [*about["not_made"], *(row for result in done for row in result["not_made"])]
    return Atlas(
        table=table.reset_index(drop=True),
        not_made=pd.DataFrame(refused, columns=NOT_MADE),
        failed=dict(results.failed),
        draws=about["draws"],
        done=len(results.done),
        waiting=results.waiting,
        synthetic=about["synthetic"],
        words=Words(**about["words"]),
    )


def _choices(spec: ModelSpec, ratings: Ratings) -> Iterator[Alternative]:
    grows = tuple(one for one in ("level", "slope") if one in spec.trajectory.coefficients)
    acting = {
        one.name: ("rating",) if one.level == "occasion" else grows for one in ratings.covariates
    }
    yield from alternatives(spec, informants=ratings.informants, covariates=acting)
    yield from _leaving(spec, ratings)


def _leaving(spec: ModelSpec, ratings: Ratings) -> Iterator[Alternative]:
    what = "assumption about leaving"
    try:
        possible(spec, ratings, informants=spec.informants)
        models = assumed(spec, informants=spec.informants)
    except InputError as error:
        yield Alternative(what=what, setting="any", reason=said(error))
        return
    for name, model in models.items():
        if model.leaving != spec.leaving:
            setting = "ignored" if name == IGNORING else f"follows the {name}"
            setting = setting.replace("the either", "either")
            yield Alternative(what=what, setting=setting, spec=model)


def _checked(chosen: Iterator[Alternative], ratings: Ratings) -> Iterator[Alternative]:
    """Those that go with the ratings, and why others do not."""
    for one in chosen:
        reason = "" if one.spec is None else _reason(one.spec, ratings)
        if reason:
            yield Alternative(what=one.what, setting=one.setting, reason=reason)
        else:
            yield one


def _reason(spec: ModelSpec, ratings: Ratings) -> str:
    try:
        arrays = design(spec, modelled(spec, ratings))
    except InputError as error:
        return said(error)
    if spec.family.censors and not arrays.censored_labels:
        return "no rating lies at an end of the scale"
    return ""
