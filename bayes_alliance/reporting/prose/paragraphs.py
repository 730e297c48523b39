"""Methods and results of a fit in short paragraphs, to be edited into a paper.

Computed from the specification, the ratings and the draws, so that they are right for the model
that was fitted: its trajectory, structures, residual, covariates, family, engine and priors.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from bayes_alliance.design.unidentified import unidentified
from bayes_alliance.errors import checked_arguments
from bayes_alliance.levels import CALLED, LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.prose import citing, leavers, result_passages
from bayes_alliance.reporting.prose.check_words import outcome
from bayes_alliance.reporting.prose.equations import equations, meaning
from bayes_alliance.reporting.prose.passage import Calls, Passage, called, joined
from bayes_alliance.reporting.prose.wording import (
    DAGGER,
    driven,
    headed,
    listed,
    time_label,
)
from bayes_alliance.reporting.tables.data_tables import LEFT, given, missing_in_words, who
from bayes_alliance.reporting.tables.notes import MADE_UP, units
from bayes_alliance.results.collection import Reported, collected
from bayes_alliance.specification.phrases import capitalised
from bayes_alliance.specification.sentences import sentences as in_sentences

SAMPLER, CHECKED, SOFTWARE = ("nuts",), ("rhat",), ("pymc",)  # keys of references
NO_CALLS: Calls = MappingProxyType({})


@checked_arguments
def methods(
    fit: Fit, *, checks: tuple[Check, ...] = (), calls: Mapping[str, str] = NO_CALLS
) -> tuple[Passage, ...]:
    """Write what was done, in short paragraphs.

    Parameters
    ----------
    checks : tuple of Check
        Checks to report.
    calls : mapping of str to str
        What tables and figures that are called are named in print, by their name.
    """
    return (
        _participants(fit, calls),
        _model(fit),
        _priors(fit, calls),
        _estimation(fit, checks),
    )


@checked_arguments
def results(
    fit: Fit, *, records: Reported | None = None, calls: Mapping[str, str] = NO_CALLS
) -> tuple[Passage, ...]:
    """Write the results, in short paragraphs.

    Parameters
    ----------
    records : Reported, optional
        As from `collected`; computed here if not given.
    calls : mapping of str to str
        As in `methods`.
    """
    everything = collected(fit) if records is None else records
    made = list(result_passages.passages(everything, calls))
    if left := leavers.passage(everything, calls):
        made.append(left)
    last = max((k for k, one in enumerate(made) if DAGGER in one.text), default=None)
    return tuple(
        Passage(head=one.head, text=f"{one.text} {driven(fit)}") if k == last else one
        for k, one in enumerate(made)
    )


@checked_arguments
def cited(fit: Fit) -> tuple[str, ...]:
    """Keys of the references that the methods mention."""
    return (*fit.spec.citations, *SAMPLER, *CHECKED, *SOFTWARE)


@checked_arguments
def not_modelled(fit: Fit) -> list[str]:
    """Say which levels the ratings know and the model leaves out.

    Returns
    -------
    list of str
        A sentence per level.
    """
    known = {"therapist": fit.ratings.has_therapists, "clinic": fit.ratings.has_clinics}
    return [
        fit.ratings.words.said(
            f"{CALLED[level].heading} are known and not in the model: what children of one {level} "
            "have in common counts as differences below that level, and intervals of averages may "
            "be too narrow."
        )
        for level in LEVELS
        if known.get(level, False) and getattr(fit.spec, level) is None
    ]


@checked_arguments
def not_identified(fit: Fit) -> list[str]:
    """Say which effects of covariates the ratings cannot tell, and why.

    Returns
    -------
    list of str
        A sentence per reason.
    """
    texts = unidentified(fit.design, fit.ratings)
    return [fit.ratings.words.said(f"{capitalised(text)}.") for text in texts]


def _participants(fit: Fit, calls: Calls) -> Passage:
    ratings = fit.ratings
    texts = [
        MADE_UP if ratings.synthetic else "",
        f"The study is of {who(ratings)}{called(calls, 'participants')}.",
        f"There are {given(ratings)}.",
        *missing_in_words(ratings),
    ]
    return Passage(head="Participants and Ratings", text=joined(texts))


def _model(fit: Fit) -> Passage:
    spec, words = fit.spec, fit.ratings.words
    alone = len(fit.ratings.informants) == 1
    sources = citing.mentioned(spec.citations)
    rate = [headed(name) for name in fit.design.coefficients if name in spec.trajectory.rates]
    texts = [
        "The ratings were analysed with a Bayesian multilevel model "
        f"({spec.title}{f'; {sources}' if sources else ''}).",
        *(
            words.said(headed(text))
            for text in in_sentences(spec, absent=False, alone=alone).values()
        ),
        f"Levels are those at {time_label(fit.ratings, float(fit.ratings.time.origin))}"
        f"{f', and a slope is the change per {fit.ratings.time.step}' if rate else ''}.",
        *not_modelled(fit),
        *not_identified(fit),
        leavers.assumed(fit) or _missing(fit),
        *_covariates_missing(fit),
    ]
    return Passage(
        head="Statistical Model",
        text=joined(texts),
        equations=equations(fit),
        meaning=meaning(fit),
    )


def _priors(fit: Fit, calls: Calls) -> Passage:
    texts = [
        f"Priors are stated in units of the scale ({units(fit.ratings)}), and were not taken from "
        "these ratings."
    ]
    if "priors" in calls:
        texts.append(f"{calls['priors']} lists them with what they say in rating points.")
    return Passage(head="Priors", text=joined(texts))


def _estimation(fit: Fit, checks: tuple[Check, ...]) -> Passage:
    sizes, versions = fit.moments.sizes, fit.versions
    how = ""
    if fit.engine == "collapsed":
        of = [CALLED[level].plural for level in LEVELS if f"{level}_cov" in fit.moments]
        exact = f" with all effects of {listed(of)} integrated out exactly" if of else ""
        how = f"{fit.ratings.words.said(exact)}{fit.spec.family.sampled}"
        how += " and the latent numbers behind who left sampled" if fit.spec.leaving else ""
    own = versions.get("bayes-alliance", "")
    built_on = [f"{name} {versions[key]}" for key, name in _ENGINES if key in versions]
    texts = [
        f"The posterior was sampled with the no-U-turn sampler ({citing.mentioned(SAMPLER)}){how}.",
        f"There were {sizes['chain']} chains of {sizes['draw']:,} draws after warm-up (seed "
        f"{fit.seed}){', and sampling was cut short' if fit.interrupted else ''}.",
        "The analysis was made with the Python package bayes_alliance"
        f"{f' (Version {own})' if own else ''}"
        f"{f', built on {listed(built_on)}' if built_on else ''} ({citing.mentioned(SOFTWARE)}).",
        *(outcome(check, mentioned=citing.mentioned(CHECKED)) for check in checks),
        "Estimates are posterior medians, with equal-tailed 95% posterior intervals in brackets; "
        "directions have their posterior probability.",
        "All of them hold given this model and these priors.",
    ]
    return Passage(head="Estimation and Checks", text=joined(texts))


_ENGINES = (("pymc", "PyMC"), ("nutpie", "nutpie"))


def _missing(fit: Fit) -> str:
    left = ", and those who left," if (fit.ratings.long["status"] == LEFT).any() else ""
    text = (
        f"Children with missing ratings{left} were kept; ratings are taken as missing at random, "
        "given the ratings that were seen"
    )
    text += " and the covariates." if fit.spec.covariates else "."
    return fit.ratings.words.said(text)


def _covariates_missing(fit: Fit) -> list[str]:
    there = np.isnan(fit.design.x).any()
    return ["Missing values of covariates were modelled, not dropped."] if there else []
