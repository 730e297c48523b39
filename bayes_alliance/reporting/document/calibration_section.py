"""The section of the report of a calibration: its sentence, its figure, every quantity."""

import pandas as pd

from bayes_alliance.numerals import percent, printed
from bayes_alliance.ratings.words import Words
from bayes_alliance.reporting import plots
from bayes_alliance.reporting.document.contents import Figure, Section, Table, drawing_of
from bayes_alliance.studies.calibrate import LEVEL, Calibration
from bayes_alliance.studies.names import readable

FROM_PRIOR = (
    "For every replicate the parameters are drawn from the prior of the model that makes the "
    "ratings, ratings of the same families are simulated from them, and the model is fitted. If "
    "prior, likelihood and sampler are right, the truth is at every rank among the posterior draws "
    "equally often."
)
FROM_FIT = (
    "For every replicate a posterior draw of the fit is taken as the truth, ratings of as many "
    "families are simulated from it, and the model is fitted to these together with the ratings of "
    "the fit. If posterior draws are right where these ratings are, that draw is at every rank "
    "among the new ones equally often."
)
COLUMNS = {
    "p": "p of uniformity",
    "mean_rank": "Average rank",
    "coverage_90": "Coverage",
    "bias": "Bias",
}


def calibration_section(result: Calibration) -> Section:
    """Compose the section of a calibration; its lead is the sentence for a supplement."""
    check = result.check
    title = "Is the truth where the posterior says?"
    return Section(
        key="calibration",
        title="Are posterior draws right where these ratings are?" if result.around else title,
        lead=check.sentence,
        paragraphs=(
            f"{FROM_FIT if result.around else FROM_PRIOR} (Reference: {check.reference}.)",
        ),
        figures=(
            Figure(
                name="calibration",
                caption="Distribution of the relative ranks of the truth among posterior draws, "
                "minus the uniform one: a line for each quantity. The band holds 95% of uniform "
                "lines as a whole.",
                alt=check.sentence,
                drawing=drawing_of(plots.calibration(result).get_figure(root=True)),
            ),
        ),
        tables=(_table(result, check.table),),
    )


def _table(result: Calibration, judged: pd.DataFrame) -> Table:
    shown = pd.DataFrame(
        {
            "Quantity": [readable(str(name), Words()) for name in judged.index],
            COLUMNS["p"]: [printed(p, 4) for p in judged["p"]],
            COLUMNS["mean_rank"]: [printed(rank, 2) for rank in judged["mean_rank"]],
            COLUMNS["coverage_90"]: [percent(share) for share in judged["coverage_90"]],
            COLUMNS["bias"]: [printed(bias, 2) for bias in judged["bias"]],
        }
    )
    return Table(
        name="calibration",
        caption="How the truth ranks among posterior draws, for every quantity.",
        data=judged.reset_index(),
        shown=shown,
        note=f"{len(result.ranks)} fits, ranks among {result.n_draws} draws. p of uniformity: of "
        "ranks that depart at least as far if they are uniform; below "
        f"{printed(LEVEL / len(judged), 4)} a quantity is not calibrated. Average rank: relative, "
        "0.50 if uniform. Coverage: how often 90% intervals hold the truth. Bias: average of "
        "posterior mean minus truth, in posterior standard deviations.",
        numbers=tuple(COLUMNS.values()),
    )
