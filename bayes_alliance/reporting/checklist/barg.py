"""The Bayesian Analysis Reporting Guidelines, filled from a fit (Kruschke 2021, table 1).

The preamble and steps 1 and 2 carry the letters of the guideline. Items of later steps, with roman
numerals, are what we understand each step to ask for; their number and order are ours.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from bayes_alliance.numerals import effective
from bayes_alliance.posterior.checks import least_effective
from bayes_alliance.posterior.compare import Comparison
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.ratings.as_text import data_hash
from bayes_alliance.reporting.checklist.item import (
    GRID,
    OTHER_PRIORS,
    Item,
    checked,
    done,
    idle,
    missing,
)
from bayes_alliance.reporting.tables import Study
from bayes_alliance.reporting.tables.data_tables import in_words
from bayes_alliance.specification.printing import brief
from bayes_alliance.studies.conclusions import SUPPORTED
from bayes_alliance.studies.grid import PriorStudy
from bayes_alliance.studies.power_scaling import PowerScaling

MADE = "How this was made, and privacy"
EVERY = "Every quantity"


def explained(fit: Fit, checks: Mapping[str, Check]) -> list[Item]:
    """Preamble and step 1: the model is explained."""
    spec, words = fit.spec, fit.ratings.words
    names = ", ".join(term.name for term in spec.covariates)
    data = f"{in_words(fit.ratings)[0]} Covariates: {names or 'none'}."
    return [
        missing("BARG P.A", "Why a Bayesian analysis", how="say in the introduction what it adds"),
        missing("BARG P.B", "Goals of the analysis", how="say in the introduction what is asked"),
        done("BARG 1.A", "Variables, predicted and predicting", value=data, where="Data and flow"),
        done(
            "BARG 1.B",
            "Likelihood, parameters, levels and covariances",
            value=f"{spec.likelihood.family.replace('_', ' ')}; {words.said(brief(spec))}",
            where="The model",
        ),
        done(
            "BARG 1.C",
            "Priors, each with its reason",
            value=f"{len(spec.quantities)} priors with their reasons",
            where="Priors, and what they say in rating points",
        ),
        done(
            "BARG 1.D",
            "Formal specification",
            value=f"equations of {spec.name}; the model file stands in run.json",
            where="The model",
        ),
        checked(
            "BARG 1.E",
            "Prior predictive check",
            checks.get("prior predictive"),
            how="check = checks.prior_predictive(fit.spec, fit.ratings, seed=1); "
            "report.write(fit, folder, checks=(*checks.standard(fit), check))",
        ),
    ]


def computed(
    fit: Fit, checks: Mapping[str, Check], summary: pd.DataFrame, estimands: pd.DataFrame
) -> list[Item]:
    """Step 2: details of the computation.

    Parameters
    ----------
    summary, estimands : DataFrame
        As from `tables.summary` and `tables.estimands`.
    """
    sizes = fit.moments.sizes
    return [
        done(
            "BARG 2.A",
            "Software",
            value=f"bayes_alliance {fit.versions.get('bayes-alliance', '')}, engine {fit.engine}",
            where=MADE,
        ),
        checked(
            "BARG 2.B",
            "Convergence of every parameter and derived quantity",
            checks.get("convergence"),
            how="checks.convergence(fit)",
            more=f" Largest R-hat of the estimands: {estimands['r_hat'].max():.3f}.",
        ),
        done(
            "BARG 2.C",
            "Effective sample size of every parameter and derived quantity",
            value=f"at least {effective(least_effective(summary))} for parameters (bulk and tail) "
            f"and {effective(estimands['ess_bulk'].min())} for estimands, of "
            f"{sizes['chain'] * sizes['draw']:,} draws",
            where=EVERY,
        ),
        idle("BARG 2.D", "If not MCMC: its accuracy", value="MCMC (no-U-turn sampler)"),
    ]


def described(checks: Mapping[str, Check], studies: Sequence[Study]) -> list[Item]:
    """Steps 3 to 5: the posterior, decisions, sensitivity."""
    compared = any(isinstance(study, Comparison) for study in studies)
    grids = [study for study in studies if isinstance(study, PriorStudy)]
    decided = [study for study in grids if len(study.verdicts)]
    leaning = " ".join(
        study.sentence for study in studies if isinstance(study, PriorStudy | PowerScaling)
    )
    none = "none are reported" + ("; models are compared by what they predict" * compared)
    sensitivity = "Sensitivity to broad, informed and default priors"
    decisions = "Sensitivity of decisions"
    how = f"study = sensitivity.power_scaling(fit), or {GRID}"
    return [
        checked(
            "BARG 3-i",
            "Posterior predictive check",
            checks.get("posterior predictive"),
            how="checks.posterior_predictive(fit, seed=1)",
        ),
        done(
            "BARG 3-ii",
            "Posterior of every parameter: center and interval",
            value="means, medians and equal-tailed 95% intervals",
            where=EVERY,
        ),
        idle("BARG 3-iii", "Bayes factors, posterior model probabilities", value=none),
        *_decisions(bool(decided)),
        done(
            "BARG 4-v",
            "Estimates too, not decisions alone",
            value="every result is an estimate with its interval",
            where=EVERY,
        ),
        done("BARG 5-i", sensitivity, value=leaning, where=OTHER_PRIORS)
        if leaning
        else missing("BARG 5-i", sensitivity, how=how),
        idle("BARG 5-ii", "Sensitivity of Bayes factors", value="none are reported"),
        done(
            "BARG 5-iii",
            decisions,
            value=" ".join(study.sentence for study in decided),
            where=OTHER_PRIORS,
        )
        if decided
        else missing("BARG 5-iii", decisions, how=GRID),
    ]


def reproducible(fit: Fit) -> list[Item]:
    """Step 6: the analysis can be made again."""
    versions = ", ".join(f"{name} {version}" for name, version in fit.versions.items())
    install = "Software and its installation"
    return [
        done("BARG 6-i", install, value=versions, where=MADE)
        if versions
        else missing("BARG 6-i", install, how="name the versions of the packages"),
        missing(
            "BARG 6-ii",
            "Script and data are deposited",
            value=f"data (sha-256): {data_hash(fit.ratings)}",
            how="deposit study file, model file and command, and the ratings as far as consent "
            "allows; this report holds no ratings",
        ),
        missing("BARG 6-iii", "The script is readable", how="read it once as a stranger would"),
        done(
            "BARG 6-iv",
            "Auxiliary files",
            value="figures/, tables/; beside them summary.csv, estimands.csv, checks.json and "
            "run.json where the command line made the fit",
            where=MADE,
        ),
        missing("BARG 6-v", "The script runs as posted", how="run it once from the deposit"),
        done(
            "BARG 6-vi",
            "The same draws can be made again",
            value=f"seed {fit.seed}: same seed, versions and data, same draws",
            where=MADE,
        ),
    ]


def _decisions(decided: bool) -> list[Item]:
    texts = {
        "i": "Why a decision is made",
        "ii": "Loss or utility behind it",
        "iii": "Limits of practical equivalence",
        "iv": "Criterion of the decision",
    }
    if not decided:
        why = "no decision is made; probabilities are reported"
        return [idle(f"BARG 4-{number}", text, value=why) for number, text in texts.items()]
    criterion = f"a conclusion counts as supported above a probability of {SUPPORTED}"
    return [
        missing("BARG 4-i", texts["i"], how="say why the conclusions are drawn"),
        idle("BARG 4-ii", texts["ii"], value="no loss is used"),
        idle(
            "BARG 4-iii", texts["iii"], value="conclusions are about directions and stated bounds"
        ),
        done("BARG 4-iv", texts["iv"], value=criterion, where=OTHER_PRIORS),
    ]
