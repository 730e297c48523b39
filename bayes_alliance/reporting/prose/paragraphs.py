"""A methods and a results paragraph of a fit, to be edited into a paper.

Computed from the specification, the ratings and the draws, so that they are right for the model
that was fitted: its trajectory, structures, residual, covariates, family, engine and priors.
"""

import numpy as np

from bayes_alliance.errors import checked_arguments
from bayes_alliance.levels import CALLED, LEVELS
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.prose import courses, leavers, sentences
from bayes_alliance.reporting.prose.wording import time_label
from bayes_alliance.reporting.tables.data_tables import in_words
from bayes_alliance.reporting.tables.notes import MADE_UP, priors_stated
from bayes_alliance.results.collection import Reported, collected
from bayes_alliance.specification.sentences import sentences as in_sentences

ENGINES = {
    "collapsed": (
        "with all effects of children, therapists and clinics integrated out exactly (engine "
        "collapsed)"
    ),
    "pymc": "on the model as a PyMC graph (engine pymc)",
}


@checked_arguments
def methods(fit: Fit, *, checks: tuple[Check, ...] = ()) -> str:
    """Write a methods paragraph.

    Parameters
    ----------
    checks : tuple of Check
        Checks to report.
    """
    spec, sizes = fit.spec, fit.moments.sizes
    model = in_sentences(spec, absent=False).values()
    own = {name: version for name, version in fit.versions.items() if name != "bayes-alliance"}
    versions = ", ".join(f"{name} {version}" for name, version in own.items())
    words = fit.ratings.words
    engine = words.said(ENGINES.get(fit.engine, f"(engine {fit.engine})"))
    if fit.engine == "collapsed":
        engine += spec.family.sampled
        engine += " and the latent numbers behind who left sampled" if spec.leaving else ""
    texts = [
        *([MADE_UP] if fit.ratings.synthetic else []),
        *in_words(fit.ratings),
        f"The ratings were analysed with a Bayesian multilevel model ({spec.title}).",
        *(words.said(_sentence(text)) for text in model),
        *not_modelled(fit),
        leavers.assumed(fit) or _missing(fit),
        *_covariates_missing(fit),
        priors_stated(spec, fit.ratings, spec.quantities),
        f"The posterior was sampled with the no-U-turn sampler {engine}: {sizes['chain']} chains "
        f"of {sizes['draw']:,} draws after warm-up, seed {fit.seed}"
        f"{', cut short' if fit.interrupted else ''}; bayes_alliance "
        f"{fit.versions.get('bayes-alliance', '')}{f' with {versions}' if versions else ''}.",
        *(f"Check of {check.name}: {check.verdict}. {check.sentence}" for check in checks),
        "Posterior medians are reported with equal-tailed 95% posterior intervals in brackets, "
        "directions with their posterior probability; all of them hold given this model and these "
        "priors.",
    ]
    return " ".join(texts)


@checked_arguments
def results(fit: Fit, *, records: Reported | None = None) -> str:
    """Write a results paragraph.

    Parameters
    ----------
    records : Reported, optional
        As from `collected`; computed here if not given.
    """
    everything = collected(fit) if records is None else records
    origin = float(fit.ratings.time.origin)
    texts = [
        *([MADE_UP] if fit.ratings.synthetic else []),
        *courses.growth(everything),
        courses.change_over_time(everything),
        *courses.stability(everything),
    ]
    if len(fit.ratings.informants) > 1:
        levels = [level for level in LEVELS if f"{level}_cov" in fit.moments]
        texts += [
            sentences.agreement_range(everything, level=level) for level in (*levels, "total")
        ]
        texts += sentences.together(everything)[:1]
        texts += sentences.dyads(everything)
    texts += leavers.found(everything)
    when = time_label(fit.ratings, origin)
    texts += [f"Shares of the variance of single ratings at {when}."]
    texts += sentences.shares(everything, time=origin)
    effects = sentences.covariate_effects(everything)
    if effects:
        texts += [
            "Differences in rating points that go with covariates, others held fixed.",
            *effects,
        ]
    return " ".join([*texts, sentences.prior_driven(everything, listing=False)])


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


def _missing(fit: Fit) -> str:
    text = (
        "Children with missing ratings, and those who left, were kept; ratings are taken as "
        "missing at random, given the ratings that were seen"
    )
    text += " and the covariates." if fit.spec.covariates else "."
    return fit.ratings.words.said(text)


def _covariates_missing(fit: Fit) -> list[str]:
    there = np.isnan(fit.design.x).any()
    return ["Missing values of covariates were modelled, not dropped."] if there else []


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
