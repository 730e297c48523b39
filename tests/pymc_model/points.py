"""Random values of the free variables of a graph, within their support."""

import numpy as np
import pymc as pm

POSITIVE = ("_above_2", "_local", "covariate_global", "covariate_slab")


def random_point(model: pm.Model, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Values in the support of every free variable."""
    point = {}
    start = model.initial_point()
    for variable in model.free_RVs:
        name, value = variable.name, start[model.rvs_to_values[variable].name]
        if name.endswith("_cor_cholesky"):
            n = round((1 + np.sqrt(1 + 8 * len(value))) / 2)
            rows = np.linalg.cholesky(np.cov(rng.normal(size=(n, 4 * n))))
            point[name] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        elif name.endswith("_loading_beta"):
            point[name] = rng.beta(2.0, 2.0, size=value.shape)
        elif name.endswith("_r2") or name in ("residual_autoregression", "residual_dispersion"):
            point[name] = rng.beta(2.0, 5.0, size=value.shape)
        elif name.endswith("_share"):
            point[name] = rng.dirichlet(np.ones(value.shape[-1] + 1), size=len(value))
        elif name == "residual_sd_on":
            point[name] = 0.3 * rng.normal(size=value.shape)
        elif "_sd" in name or name == "excess" or name.endswith(POSITIVE):
            point[name] = rng.gamma(2.0, 2.0, size=value.shape)
        else:
            point[name] = value + rng.normal(size=value.shape)
    return point
