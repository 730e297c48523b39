"""The log density of a model by SciPy and plain loops, from the ratings' long frame.

Shares no code with the package: every formula is written out again from the statistics.
"""

import numpy as np
import pandas as pd
from scipy import special, stats


def lkj_log_density(cor: np.ndarray, eta: float) -> float:
    """Lewandowski, Kurowicka and Joe (2009), equation 16, over correlation matrices."""
    d = len(cor)
    log_constant = 0.0
    for k in range(1, d):
        b = eta + (d - k - 1) / 2
        log_constant += (2 * eta - 2 + d - k) * (d - k) * np.log(2) + (d - k) * special.betaln(b, b)
    return float((eta - 1) * np.linalg.slogdet(cor)[1] - log_constant)


def lkj_cholesky_log_density(root: np.ndarray, eta: float) -> float:
    """The same over Cholesky factors: times the product of diag(L)_i^(d - i)."""
    d = len(root)
    jacobian = sum((d - i) * np.log(root[i - 1, i - 1]) for i in range(1, d + 1))
    return lkj_log_density(root @ root.T, eta) + jacobian


def prior_log_density(prior, x: float, shift: float, factor: float) -> float:
    """Density of shift + factor * X at x."""
    u = (x - shift) / factor
    match prior.distribution:
        case "Normal":
            value = stats.norm.logpdf(u, prior.mean, prior.sd)
        case "StudentT":
            value = stats.t.logpdf(u, prior.nu, prior.mean, prior.scale)
        case "HalfNormal":
            value = stats.halfnorm.logpdf(u, scale=prior.scale)
        case "HalfStudentT":
            value = np.log(2) + stats.t.logpdf(u, prior.nu, scale=prior.scale)
        case "Exponential":
            value = stats.expon.logpdf(u, scale=1 / prior.rate)
        case "Gamma":
            value = stats.gamma.logpdf(u, prior.alpha, scale=1 / prior.beta)
    return float(value - np.log(factor))


def coded(ratings, name: str) -> dict[str, pd.Series]:
    """Columns of a covariate, per child."""
    children = ratings.children
    if name in children:
        values = children[name]
    else:
        values = children["therapist"].map(ratings.therapists[name])
    if values.dtype.kind not in "fi":
        categories = sorted(set(values))
        return {f"{name}[{c}]": (values == c).astype(float) for c in categories[1:]}
    if set(values) <= {0, 1}:
        return {name: values.astype(float)}
    return {name: values - values.mean()}


def log_density(spec, ratings, point: dict[str, np.ndarray]) -> float:
    """Log density at values of the free variables, no Jacobian of any transformation."""
    informants = ratings.informants
    spread = np.array([ratings.scales[k].spread for k in informants])
    center = np.array([ratings.scales[k].center for k in informants])
    coefficients = spec.trajectory.coefficients
    n = len(informants)
    total = 0.0

    theta = {}
    for c in coefficients:
        shift = center if c == "level" else np.zeros(n)
        for k in range(n):
            total += prior_log_density(spec.priors[c], point[c][k], shift[k], spread[k])
        theta[c] = pd.DataFrame(
            np.tile(point[c], (len(ratings.children), 1)), index=ratings.children.index
        )
    for c in coefficients:
        columns: dict[str, pd.Series] = {}
        for term in spec.covariates:
            if c in term.on:
                columns |= coded(ratings, term.name)
        effects = point.get(f"{c}_on", point.get(f"{c}_on_acting"))
        for row, column in enumerate(columns.values()):
            values = set(column)
            sd = 1.0 if values <= {0.0, 1.0} else np.std(column)
            for k in range(n):
                total += prior_log_density(
                    spec.priors["covariate"], effects[row, k], 0.0, spread[k] / sd
                )
                theta[c][k] += column.to_numpy() * effects[row, k]

    of_child = {
        "child": pd.Series(ratings.children.index, index=ratings.children.index),
        "therapist": ratings.children.get("therapist"),
        "clinic": ratings.children.get("clinic"),
    }
    for level in ("child", "therapist", "clinic"):
        effects = getattr(spec, level)
        if effects is None:
            continue
        sds = []
        for c in coefficients:
            if c not in effects.terms:
                continue
            for k in range(n):
                sd = point[f"{level}_sd_{c}"][k]
                total += prior_log_density(spec.priors[f"{level}_sd.{c}"], sd, 0.0, spread[k])
                sds.append(sd)
        root = np.diag(sds)
        if effects.structure == "correlated" and len(sds) > 1:
            chol = point[f"{level}_cor_cholesky"]
            total += lkj_cholesky_log_density(chol, spec.priors[f"{level}_cor"].eta)
            root = np.diag(sds) @ chol
        if effects.structure == "common_factor":
            half = point[f"{level}_loading_beta"]
            eta = spec.priors[f"{level}_cor"].eta
            total += stats.beta.logpdf(half, eta, eta).sum()
            n_factors = len(sds) // n
            root = np.zeros((len(sds), n_factors + len(sds)))
            for j, sd in enumerate(sds):
                root[j, j // n] = sd * (2 * half[j] - 1)
                root[j, n_factors + j] = sd * np.sqrt(1 - (2 * half[j] - 1) ** 2)
        raw = point[f"{level}_raw"]
        total += stats.norm.logpdf(raw).sum()
        units = list(dict.fromkeys(of_child[level]))
        for child in ratings.children.index:
            effect = root @ raw[units.index(of_child[level][child])]
            position = 0
            for c in coefficients:
                if c not in effects.terms:
                    continue
                for k in range(n):
                    theta[c].loc[child, k] += effect[position]
                    position += 1

    for k in range(n):
        prior = spec.priors["residual_sd"]
        total += prior_log_density(prior, point["residual_sd"][k], 0.0, spread[k])
    chol = np.eye(n)
    if spec.residual.structure == "correlated" and n > 1:
        chol = point["residual_cor_cholesky"]
        total += lkj_cholesky_log_density(chol, spec.priors["residual_cor"].eta)
    sd = np.diag(point["residual_sd"])
    cov = sd @ chol @ chol.T @ sd

    rated = ratings.long[ratings.long["status"] == "rated"]
    stress = {}
    if any(term.on == ("rating",) for term in spec.covariates):
        keys = rated[["child", "time"]].drop_duplicates()
        values = keys.merge(ratings.occasions, on=["child", "time"])
        stress = dict(
            zip(
                zip(values["child"], values["time"], strict=True),
                values["stress"] - values["stress"].mean(),
                strict=True,
            )
        )
        sd_stress = np.std(list(stress.values()))
        for k in range(n):
            total += prior_log_density(
                spec.priors["covariate"], point["rating_on"][0, k], 0.0, spread[k] / sd_stress
            )
    censored = spec.likelihood.family == "censored_normal"
    excess = iter(point.get("excess", ()))
    for (child, time), rows in rated.groupby(["child", "time"], sort=False):
        s = (time - ratings.time.origin) / ratings.time.per
        phi = {"level": 1.0, "slope": s, "quadratic": s**2}
        for number, knot in enumerate(spec.trajectory.knots, start=1):
            phi[f"slope_change_{number}"] = max(
                0.0, s - (knot - ratings.time.origin) / ratings.time.per
            )
        index = [informants.index(informant) for informant in rows["informant"]]
        mean = np.array([sum(phi[c] * theta[c].loc[child, k] for c in coefficients) for k in index])
        if stress:
            mean = mean + stress[child, time] * point["rating_on"][0, index]
        y = rows["rating"].to_numpy(dtype=float, copy=True)
        if censored:
            for position, k in enumerate(index):
                scale = ratings.scales[informants[k]]
                if y[position] == scale.upper:
                    y[position] += next(excess)
                elif y[position] == scale.lower:
                    y[position] -= next(excess)
        total += stats.multivariate_normal.logpdf(y, mean, cov[np.ix_(index, index)])
    assert next(excess, None) is None
    return float(total)
