"""nutpie, the sampler, without what it loads and this package never asks it for.

nutpie returns draws through one function of ArviZ, and for it loads all of ArviZ, with its plots
and SciPy's distributions: half of what a fresh process loads before it samples. While nutpie is
imported, a stand-in has ArviZ's place, which finds that function in the part of ArviZ that defines
it, and loads all of ArviZ only for anything else. Whoever imports ArviZ itself gets ArviZ.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

__all__ = ["BackgroundSampler", "CompiledModel", "CompiledPyMCModel", "nutpie"]

WHOLE, PART = "arviz", "arviz_base"


class _InItsPlace(ModuleType):
    def __getattr__(self, name: str) -> Any:
        part = importlib.import_module(PART)
        return getattr(part if hasattr(part, name) else importlib.import_module(WHOLE), name)


if WHOLE not in sys.modules:
    sys.modules[WHOLE] = _InItsPlace(WHOLE)
try:
    import nutpie
    from nutpie.compile_pymc import CompiledPyMCModel
    from nutpie.sample import CompiledModel
    from nutpie.sample import _BackgroundSampler as BackgroundSampler
finally:
    if isinstance(sys.modules[WHOLE], _InItsPlace):
        del sys.modules[WHOLE]
