"""The section of a report on priors: what they say in rating points, and of agreement."""

from bayes_alliance.reporting import tables
from bayes_alliance.reporting.document.contents import INTERVALS, Section, Table, ends
from bayes_alliance.reporting.prose import sentences
from bayes_alliance.reporting.prose.wording import percent
from bayes_alliance.reporting.tables.notes import units
from bayes_alliance.reporting.tables.prior_tables import agreement_expected, expected_in_words
from bayes_alliance.results.collection import Reported
from bayes_alliance.results.summaries import FAR_OUT


def priors(records: Reported) -> Section:
    """Compose the section on priors and what they mean in rating points."""
    fit = records.fit
    table = tables.priors(fit.spec, fit.ratings)
    said = table.assign(reason=table["reason"].map(fit.ratings.words.said))
    headed = said.rename(columns={"points": "95% of the prior, in rating points"})
    reasons = Table(name="priors", caption="Priors with their reasons.", data=table, shown=headed)
    conflict = sentences.prior_conflict(records)
    return Section(
        key="priors",
        title="Priors, and what they say in rating points",
        lead=f"Priors are stated in units of the scale ({units(fit.ratings)}), not taken from "
        "these ratings.",
        points=(sentences.prior_driven(records), *([conflict] if conflict else [])),
        tables=(reasons, *([_of_agreement(records)] if conflict else [])),
    )


def _of_agreement(records: Reported) -> Table:
    """Agreement in total, at the first and last time, as the prior expects it and as it is."""
    every = agreement_expected(records)
    in_total = every["level"].isna() | (every["level"] == "total")
    at_ends = every["time"].isin(ends(records.fit))
    return Table(
        name="agreement_expected",
        caption=records.fit.ratings.words.said(
            "Agreement of ratings as the prior expects it, and as it is after the ratings. "
            f"{INTERVALS} Tail: twice the share of the prior that lies beyond the posterior "
            f"median; below {percent(FAR_OUT)} prior and ratings disagree. What is of children, "
            "therapists and other times is in the csv file."
        ),
        data=every,
        shown=expected_in_words(records.fit.ratings, every[in_total & at_ends]),
    )
