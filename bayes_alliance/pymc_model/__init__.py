"""The model as a plain PyMC graph; PyMC loads when the graph is first built."""

import lazy_loader as _lazy

from bayes_alliance import cache as _cache

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

_cache.for_numba()
