"""Bayesian growth models for several people rating the same relationship over time.

Ratings and a model specification meet in a fit; estimands read its draws; tables, figures and a
report show them. Everything loads when first used (Scientific Python SPEC 1), so that
``import bayes_alliance`` stays light.
"""

import lazy_loader as _lazy

from bayes_alliance import cache as _cache

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

_cache.for_pytensor()
