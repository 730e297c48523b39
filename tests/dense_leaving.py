"""An independent oracle of ratings with leaving: one normal density of ratings and latent numbers.

Arrays of a design and named moments go in; nothing of the engine is imported. With `theta` a
child's growth coefficients, `m` the rating without its residual and `y` the rating,

    z = a_t + c'w + sum_k (gamma_k m_k + r_k y_k, from the average curve) + h'slope + noise

and covariances of any two ratings or latent numbers are written down from that.
"""

import numpy as np

from tests.dense import normal_log_density


def joint(design, named: dict, *, gamma: np.ndarray, r: np.ndarray, h: np.ndarray):
    """Residuals and covariance of all ratings, then of the latent numbers of those at risk.

    Parameters
    ----------
    gamma, r, h : array, shape (n_groups, K)
        Per point of the current alliance, of the rating of the day, and of the slope.
    """
    leaving, T, K = design.leaving, len(design.coefficients), len(design.informants)
    unit = {"child": np.arange(len(design.children))}
    for level in design.levels:
        unit[level.name] = level.parent[[*unit.values()][-1]]
    rows, informants = np.nonzero(design.present)
    entries = []  # child, occasion, loadings of theta, loadings of residuals, own noise, error
    x = np.nan_to_num(design.x)
    for row, k in zip(rows, informants, strict=True):
        child, phi = design.occasion_child[row], design.basis[row]
        load, own = np.zeros((T, K)), np.zeros(K)
        load[:, k], own[k] = phi, 1.0
        mean = sum(phi[c] * named[name][k] for c, name in enumerate(design.coefficients))
        for c, name in enumerate(design.coefficients):
            if f"{name}_on" in named:
                mean += phi[c] * (x[child] @ named[f"{name}_on"][:, k])
        if "rating_on" in named:
            mean += design.z[row] @ named["rating_on"][:, k]
        entries.append((child, row, load, own, 0.0, design.y[row, k] - mean))
    n_rows = len(design.y)
    for i in range(len(leaving.child)):
        child, row, g = leaving.child[i], leaving.row[i], leaving.group[leaving.child[i]]
        phi = design.basis[row] if row < n_rows else leaving.added_basis[row - n_rows]
        load = phi[:, None] * (gamma[g] + r[g])
        if leaving.acts_by_slope:
            load[design.coefficients.index("slope")] += h[g]
        mean = named["leaving_baseline"][leaving.interval[i]]
        if leaving.covariates:
            mean += leaving.x[child] @ named["leaving_covariate"]
        for c, name in enumerate(design.coefficients):
            if f"{name}_on" in named:
                mean += load[c] @ (x[child] @ named[f"{name}_on"])
        if "rating_on" in named and row < n_rows:
            mean += r[g] @ (design.z[row] @ named["rating_on"])
        error = named["leaving_latent"][i] - mean
        entries.append((child, row, load, r[g], 1.0, error))
    child = np.array([e[0] for e in entries])
    occasion = np.array([e[1] for e in entries])
    load = np.array([e[2].ravel() for e in entries])
    own = np.array([e[3] for e in entries])
    weight = np.ones(n_rows + len(leaving.added_child))
    if "residual_weight" in named:
        weight[:n_rows] = named["residual_weight"]
    cov = own @ named["residual_cov"] @ own.T * (occasion[:, None] == occasion)
    cov = cov / weight[occasion] + np.diag([e[4] for e in entries])
    for name, of_child in unit.items():
        if f"{name}_cov" in named:
            same = of_child[child][:, None] == of_child[child]
            cov += load @ named[f"{name}_cov"] @ load.T * same
    if leaving.therapist:
        of_child, latent = unit["therapist"], np.array([e[4] for e in entries])
        same = of_child[child][:, None] == of_child[child]
        cov += named["leaving_therapist_sd"] ** 2 * np.outer(latent, latent) * same
    return np.array([e[5] for e in entries]), cov


def log_density(design, named: dict) -> float:
    """Log density of all ratings and latent numbers."""
    n_groups, K = design.leaving.n_groups, len(design.informants)
    zero = np.zeros((n_groups, K))
    on = np.reshape(named.get("leaving_on", zero), (n_groups, K))
    h = np.reshape(named.get("leaving_on_slope", zero), (n_groups, K))
    share = named.get("leaving_share", design.leaving.share)
    return normal_log_density(*joint(design, named, gamma=share * on, r=(1 - share) * on, h=h))
