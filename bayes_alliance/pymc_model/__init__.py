"""The model as a plain PyMC graph."""

from bayes_alliance.pymc_model.build import build, build_from

__all__ = ["build", "build_from"]
