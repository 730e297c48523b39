"""All completions, in the order in which they write: later ones may read what earlier ones wrote.

Derivatives go the other way.
"""

from bayes_alliance.collapsed.completions.autocorrelation import AUTOCORRELATION
from bayes_alliance.collapsed.completions.beyond import BEYOND
from bayes_alliance.collapsed.completions.categories import CATEGORIES
from bayes_alliance.collapsed.completions.child_means import CHILD_MEANS
from bayes_alliance.collapsed.completions.completion import Completion
from bayes_alliance.collapsed.completions.expectation import EXPECTATION
from bayes_alliance.collapsed.completions.item_parameters import ITEM_PARAMETERS
from bayes_alliance.collapsed.completions.items import ITEMS
from bayes_alliance.collapsed.completions.latent import LATENT
from bayes_alliance.collapsed.completions.leaving import LEAVING
from bayes_alliance.collapsed.completions.missing import MISSING
from bayes_alliance.collapsed.completions.points import POINTS
from bayes_alliance.collapsed.completions.scatter import SCATTER
from bayes_alliance.collapsed.completions.shrinkage import SHRINKAGE
from bayes_alliance.collapsed.completions.weights import WEIGHTS

COMPLETIONS: tuple[Completion, ...] = (
    SHRINKAGE,
    MISSING,
    CATEGORIES,
    EXPECTATION,
    CHILD_MEANS,
    SCATTER,
    WEIGHTS,
    AUTOCORRELATION,
    BEYOND,
    ITEM_PARAMETERS,
    LATENT,
    ITEMS,
    POINTS,
    LEAVING,
)
