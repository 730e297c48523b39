from .errors import InputError as InputError
from .estimands import (
    agreement as agreement,
    congruence as congruence,
    dyads as dyads,
    effects as effects,
    leaving as leaving,
    measurement as measurement,
    screening as screening,
    variance as variance,
)
from .estimands.loadings import loadings as loadings
from .estimands.prediction import predictions as predictions
from .estimands.usual import UsualAnalysis as UsualAnalysis, usual_analysis as usual_analysis
from .posterior import checks as checks, compare as compare
from .posterior.fit import Fit as Fit
from .posterior.fitting import fit as fit
from .posterior.prior_draws import prior_fit as prior_fit
from .posterior.recovery import random_effects as random_effects
from .posterior.scores import log_scores as log_scores
from .posterior.verdict import Check as Check
from .pymc_model import build as build
from .ratings import (
    Ratings as Ratings,
    Study as Study,
    draft as draft,
    read_ratings as read_ratings,
    scoring as scoring,
)
from .ratings.simulation import load_example as load_example, simulate as simulate
from .reporting import checklist as checklist, plots as plots, tables as tables
from .reporting.document import report as report
from .reporting.prose import paragraphs as paragraphs
from .results.side_by_side import SideBySide as SideBySide, side_by_side as side_by_side
from .specification import (
    Leaving as Leaving,
    ModelSpec as ModelSpec,
    list_models as list_models,
    load_model as load_model,
    with_covariates as with_covariates,
    with_knots as with_knots,
    with_leaving as with_leaving,
    without as without,
)
from .studies import (
    assurance as assurance,
    atlas as atlas,
    calibrate as calibrate,
    sensitivity as sensitivity,
)
from .studies.leaving import LeavingStudy as LeavingStudy, leaving_study as leaving_study

__version__: str
