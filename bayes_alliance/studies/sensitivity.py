"""Does the answer depend on the prior? Power scaling of one fit, and refits over a grid.

`power_scaling` takes seconds and says what to look at; `grid` fits again under other priors and
says whether each stated conclusion stands.
"""

from bayes_alliance.studies.conclusions import Conclusion
from bayes_alliance.studies.grid import PriorStudy, grid
from bayes_alliance.studies.power_scaling import PowerScaling, power_scaling
from bayes_alliance.studies.runner import Place
from bayes_alliance.studies.shards import Shard

__all__ = ["Conclusion", "Place", "PowerScaling", "PriorStudy", "Shard", "grid", "power_scaling"]
