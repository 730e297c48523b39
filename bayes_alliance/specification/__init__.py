"""What the model is, before any ratings are seen: specifications, priors, the shipped models."""

from bayes_alliance.specification.covariate_term import CovariateTerm
from bayes_alliance.specification.leaving import Leaving
from bayes_alliance.specification.library import list_models, load_model
from bayes_alliance.specification.parts import Effects, Likelihood, Trajectory
from bayes_alliance.specification.priors import Prior, Priors
from bayes_alliance.specification.priors.coefficients import Normal, StudentT
from bayes_alliance.specification.priors.correlations import LKJ
from bayes_alliance.specification.priors.sds import Exponential, Gamma, HalfNormal, HalfStudentT
from bayes_alliance.specification.priors.shares import Beta
from bayes_alliance.specification.priors.shrinkage import R2D2, RegularizedHorseshoe
from bayes_alliance.specification.residual import Residual
from bayes_alliance.specification.spec import ModelSpec, with_covariates
from bayes_alliance.specification.variants import with_knots, with_leaving, without

__all__ = [
    "LKJ",
    "R2D2",
    "Beta",
    "CovariateTerm",
    "Effects",
    "Exponential",
    "Gamma",
    "HalfNormal",
    "HalfStudentT",
    "Leaving",
    "Likelihood",
    "ModelSpec",
    "Normal",
    "Prior",
    "Priors",
    "RegularizedHorseshoe",
    "Residual",
    "StudentT",
    "Trajectory",
    "list_models",
    "load_model",
    "with_covariates",
    "with_knots",
    "with_leaving",
    "without",
]
