from . import (
    checks as checks,
    compare as compare,
    cross_validation as cross_validation,
    diagnostics as diagnostics,
    engines as engines,
    fit as fit,
    moments as moments,
    recovery as recovery,
    sampling as sampling,
    saving as saving,
    scores as scores,
)
