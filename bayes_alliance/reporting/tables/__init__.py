"""Tables: draws in, numbers out, and tables for a paper.

`summarise` reduces any labelled draws; `summary` and `estimands` apply it to everything a fit
holds. `participants`, `priors_for_paper`, `fixed_effects`, `stability`, `variation`, `agreement`,
`covariate_effects`, `comparison`, `side_by_side`, `prior_sensitivity`, `tipping`, `atlas`,
`leaving` and `usual` are tables for a paper, as HTML, LaTeX, Word, Markdown or csv.
"""

from bayes_alliance.reporting.prose.wording import time_label
from bayes_alliance.reporting.tables.cells import rounded
from bayes_alliance.reporting.tables.data_tables import counts, covariates, in_treatment, observed
from bayes_alliance.reporting.tables.of_a_fit import agreement, covariate_effects, fixed_effects
from bayes_alliance.reporting.tables.of_choices import atlas, tipping
from bayes_alliance.reporting.tables.of_fits import side_by_side
from bayes_alliance.reporting.tables.of_leaving import leaving, who_left
from bayes_alliance.reporting.tables.of_ratings import participants
from bayes_alliance.reporting.tables.of_studies import Study, comparison, prior_sensitivity, usual
from bayes_alliance.reporting.tables.of_variation import stability, variation
from bayes_alliance.reporting.tables.paper_table import PaperTable
from bayes_alliance.reporting.tables.prior_tables import priors, priors_for_paper
from bayes_alliance.results.collection import estimands, summary
from bayes_alliance.results.summaries import intervals, summarise

__all__ = [
    "PaperTable",
    "Study",
    "agreement",
    "atlas",
    "comparison",
    "counts",
    "covariate_effects",
    "covariates",
    "estimands",
    "fixed_effects",
    "in_treatment",
    "intervals",
    "leaving",
    "observed",
    "participants",
    "prior_sensitivity",
    "priors",
    "priors_for_paper",
    "rounded",
    "side_by_side",
    "stability",
    "summarise",
    "summary",
    "time_label",
    "tipping",
    "usual",
    "variation",
    "who_left",
]
