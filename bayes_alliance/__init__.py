"""Bayesian growth models for several people rating the same relationship over time.

Ratings and a model specification meet in a fit; estimands read its draws; tables, figures and a
report show them. Everything loads when first used (Scientific Python SPEC 1), so that
``import bayes_alliance`` stays light.
"""

import lazy_loader as _lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submod_attrs={
        "errors": ["InputError"],
        "ratings": ["Ratings", "Study", "read_ratings", "scoring"],
        "ratings.simulation": ["load_example", "simulate"],
        "specification": ["ModelSpec", "list_models", "load_model", "with_covariates", "without"],
        "pymc_model": ["build"],
        "posterior": ["checks", "compare"],
        "posterior.verdict": ["Check"],
        "posterior.fit": ["Fit", "fit"],
        "posterior.prior_draws": ["prior_fit"],
        "posterior.recovery": ["random_effects"],
        "posterior.scores": ["log_scores"],
        "estimands": [
            "agreement",
            "congruence",
            "dyads",
            "effects",
            "measurement",
            "screening",
            "variance",
        ],
        "estimands.loadings": ["loadings"],
        "estimands.prediction": ["predictions"],
        "estimands.usual": ["UsualAnalysis", "usual_analysis"],
        "studies": ["calibrate", "sensitivity"],
        "reporting": ["checklist", "plots", "tables"],
        "reporting.document": ["report"],
        "reporting.prose": ["paragraphs"],
    },
)
