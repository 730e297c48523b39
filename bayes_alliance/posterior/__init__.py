"""Fitting, saving, and checking fits."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=[
        "checks",
        "compare",
        "cross_validation",
        "diagnostics",
        "engines",
        "fit",
        "moments",
        "recovery",
        "sampling",
        "saving",
        "scores",
    ],
)
