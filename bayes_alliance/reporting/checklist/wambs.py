"""The ten questions of WAMBS, filled from a fit (Depaoli and van de Schoot 2017)."""

from collections.abc import Mapping, Sequence

import pandas as pd

from bayes_alliance.numerals import effective, printed
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.study_average import average_growth
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting.checklist.item import (
    GRID,
    OTHER_PRIORS,
    TRUST,
    Item,
    checked,
    done,
    missing,
)
from bayes_alliance.reporting.prose import sentences
from bayes_alliance.reporting.tables import Study
from bayes_alliance.results.collection import Reported
from bayes_alliance.specification.quantities import SD_BLOCKS
from bayes_alliance.studies.grid import PriorStudy
from bayes_alliance.studies.power_scaling import PowerScaling

WIDER = 4.0  # times the stated scale: what stands for a prior that says little
OF_COVARIANCES = frozenset({*SD_BLOCKS.values(), "correlations"})  # blocks of priors


def understood(fit: Fit, checks: Mapping[str, Check], summary: pd.DataFrame) -> list[Item]:
    """Questions 1 to 6: priors, convergence, draws.

    Parameters
    ----------
    summary : DataFrame
        As from `tables.summary`.
    """
    sizes = fit.moments.sizes
    level = average_growth(fit.moments, fit.design)["level"].median(("chain", "draw"))
    return [
        done(
            "WAMBS 1",
            "Are the priors understood?",
            value="what each says in rating points, and its reason",
            where="Priors, and what they say in rating points",
        ),
        checked(
            "WAMBS 2",
            "Do the chains converge?",
            checks.get("convergence"),
            how="checks.convergence(fit)",
        ),
        missing(
            "WAMBS 3",
            "Do they with twice the draws?",
            how=f"again = fit(fit.spec, fit.ratings, seed={fit.seed}, draws={2 * sizes['draw']}); "
            "tables.summary(again)",
        ),
        done(
            "WAMBS 4",
            "Do the draws tell the shape of the posterior?",
            value=f"tail effective sample sizes of at least {effective(summary['ess_tail'].min())}",
            where=TRUST,
        ),
        done(
            "WAMBS 5",
            "Are the draws strongly autocorrelated?",
            value=f"at worst {effective(summary['ess_bulk'].min())} effective of "
            f"{sizes['chain'] * sizes['draw']:,} draws",
            where=TRUST,
        ),
        missing(
            "WAMBS 6",
            "Does the posterior make sense?",
            value=f"average levels from {printed(float(level.min()), 1)} to "
            f"{printed(float(level.max()), 1)} points",
            how="judge from what is known of such ratings",
        ),
    ]


def influenced(studies: Sequence[Study], records: Reported) -> list[Item]:
    """Questions 7 to 10: influence of the priors, interpretation."""
    grids = [study for study in studies if isinstance(study, PriorStudy)]
    scaled = [study for study in studies if isinstance(study, PowerScaling)]
    varied = {place for study in grids for place in study.support.index}
    covariances = {block for block, _ in varied} & OF_COVARIANCES | {
        block for study in scaled for block in study.table.columns if block in OF_COVARIANCES
    }
    wide = [study for study in grids if any(factor >= WIDER for _, factor in study.support.index)]
    leaning = " ".join([*(one.sentence for one in grids), *(one.sentence for one in scaled)])
    return [
        _if(
            bool(covariances),
            ("WAMBS 7", "Do other priors of (co)variances matter?"),
            f"varied: {', '.join(sorted(covariances))}. {leaning}" if covariances else "",
        ),
        _if(
            bool(wide),
            ("WAMBS 8", "Does the prior matter beside one that says little?"),
            " ".join(study.sentence for study in wide) or sentences.prior_driven(records),
        ),
        _if(bool(leaning), ("WAMBS 9", "Are results stable in a sensitivity analysis?"), leaning),
        done(
            "WAMBS 10",
            "Are results interpreted the Bayesian way?",
            value="intervals and probabilities, given model and priors",
            where="Text for a paper",
        ),
    ]


def _if(shown: bool, names: tuple[str, str], value: str) -> Item:
    if shown:
        return done(*names, value=value, where=OTHER_PRIORS)
    return missing(*names, how=GRID, value=value)
