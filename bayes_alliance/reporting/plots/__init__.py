"""Figures: one per question, drawn into the axes they are given (`ax`) or into a new figure.

Those with a panel per informant or per quantity take as many axes and return them all.
Figures compute nothing beyond medians, intervals and observed means. They are made for journals:
one house style, readable in grey and for colour-blind readers, `save` writes them at journal width.
"""

from bayes_alliance.reporting.plots.assurance import assurance_by_size, assurance_curves
from bayes_alliance.reporting.plots.atlas import atlas
from bayes_alliance.reporting.plots.chains import convergence, ranks
from bayes_alliance.reporting.plots.correlation_matrix import agreement
from bayes_alliance.reporting.plots.covariate_curve import along_covariate
from bayes_alliance.reporting.plots.differences import bland_altman
from bayes_alliance.reporting.plots.distributions import rating_distributions
from bayes_alliance.reporting.plots.families import flow
from bayes_alliance.reporting.plots.forest import effects
from bayes_alliance.reporting.plots.growth import trajectories
from bayes_alliance.reporting.plots.growth_apart import growth_differences
from bayes_alliance.reporting.plots.journal import save
from bayes_alliance.reporting.plots.leaving import in_treatment, tipping, two_shifts
from bayes_alliance.reporting.plots.over_time import agreement_over_time, shares_over_time
from bayes_alliance.reporting.plots.paths import path_diagram
from bayes_alliance.reporting.plots.pit_curves import places
from bayes_alliance.reporting.plots.predictive import predictive
from bayes_alliance.reporting.plots.priors import power_scaling, prior_posterior
from bayes_alliance.reporting.plots.ridges import ridgelines
from bayes_alliance.reporting.plots.single_children import individual_fits
from bayes_alliance.reporting.plots.stacked_shares import shares
from bayes_alliance.reporting.plots.studies import calibration, prior_study, prior_support
from bayes_alliance.reporting.plots.surface import response_surface
from bayes_alliance.reporting.plots.units import caterpillar, influence
from bayes_alliance.reporting.plots.worst_quantities import pairs, traces

__all__ = [
    "agreement",
    "agreement_over_time",
    "along_covariate",
    "assurance_by_size",
    "assurance_curves",
    "atlas",
    "bland_altman",
    "calibration",
    "caterpillar",
    "convergence",
    "effects",
    "flow",
    "growth_differences",
    "in_treatment",
    "individual_fits",
    "influence",
    "pairs",
    "path_diagram",
    "places",
    "power_scaling",
    "predictive",
    "prior_posterior",
    "prior_study",
    "prior_support",
    "ranks",
    "rating_distributions",
    "response_surface",
    "ridgelines",
    "save",
    "shares",
    "shares_over_time",
    "tipping",
    "traces",
    "trajectories",
    "two_shifts",
]
