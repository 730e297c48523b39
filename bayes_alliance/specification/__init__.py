"""What the model is, before any ratings are seen: specifications, priors, the shipped models."""

from bayes_alliance.specification.coefficient_prior import Normal, StudentT
from bayes_alliance.specification.library import list_models, load_model
from bayes_alliance.specification.parts import (
    CovariateTerm,
    Effects,
    Likelihood,
    Residual,
    Trajectory,
)
from bayes_alliance.specification.prior import LKJ, Prior, Priors
from bayes_alliance.specification.sd_prior import Exponential, Gamma, HalfNormal, HalfStudentT
from bayes_alliance.specification.spec import ModelSpec, with_covariates
from bayes_alliance.specification.variants import without

__all__ = [
    "LKJ",
    "CovariateTerm",
    "Effects",
    "Exponential",
    "Gamma",
    "HalfNormal",
    "HalfStudentT",
    "Likelihood",
    "ModelSpec",
    "Normal",
    "Prior",
    "Priors",
    "Residual",
    "StudentT",
    "Trajectory",
    "list_models",
    "load_model",
    "with_covariates",
    "without",
]
