"""Studies: questions that take many independent fits."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach(
    __name__,
    submodules=["calibrate", "runner", "sensitivity"],
    submod_attrs={
        "conclusions": ["Conclusion"],
        "runner": ["Place"],
    },
)
