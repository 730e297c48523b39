"""Estimands: named functions from the draws of a fit to labelled draws."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=[
        "agreement",
        "at_time",
        "comparable",
        "congruence",
        "dyads",
        "effects",
        "loadings",
        "measurement",
        "prediction",
        "profiles",
        "screening",
        "surface",
        "usual",
        "variance",
    ],
)
