"""The model as a plain PyMC graph; PyMC loads when the graph is first built."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__, submod_attrs={"graph": ["build", "build_from", "integrates"]}
)
