"""What every command loads: a process that has it begins others at once, each a copy of it."""

import arviz  # noqa: F401
import matplotlib.pyplot  # noqa: F401
import pymc  # noqa: F401

import bayes_alliance.cli
import bayes_alliance.posterior.fitting  # noqa: F401
from bayes_alliance.collapsed.kernel.entry import compiled_kernel
from bayes_alliance.reporting.document import composition

compiled_kernel()
composition.PREVIEW = tuple(one for one in composition.PREVIEW if one != "pdf")
