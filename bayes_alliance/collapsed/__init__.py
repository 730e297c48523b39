"""The exact engine for normal models: random effects integrated out, gradient in closed form."""

from bayes_alliance.collapsed.density import CollapsedModel, collapse
from bayes_alliance.collapsed.moments import log_likelihood
from bayes_alliance.collapsed.sampler import sampler_model

__all__ = ["CollapsedModel", "collapse", "log_likelihood", "sampler_model"]
