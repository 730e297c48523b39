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


def by_coefficient(root: np.ndarray, eta: float, k: int) -> float:
    """What a prior by coefficient adds to LKJ, k informants in each coefficient.

    Partial correlations among the rows of a coefficient given those before it are LKJ with eta
    instead of eta plus half the rows that follow.
    """
    total = 0.0
    for first in range(0, len(root) - k, k):
        block = root[first : first + k, first : first + k]
        sd = np.sqrt(np.diag(block @ block.T))
        partial = block @ block.T / np.outer(sd, sd)
        after = len(root) - first - k
        total += lkj_log_density(partial, eta) - lkj_log_density(partial, eta + after / 2)
    return total


def of_average(rows: np.ndarray, prior) -> float:
    """What a prior that is flat in the average adds; its constant is tested beside the prior."""
    n = len(rows)
    u = float((rows @ rows.T).mean())
    constant = prior.average_factor(np.zeros(n)).constant
    return constant - (n - 2) * (n - 1 + 2 * prior.eta) / 2 * (np.log(u) / n + np.log(1 - u))


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


def values_of(ratings, name: str) -> pd.Series:
    """One value per child."""
    children = ratings.children
    if name in children:
        return children[name]
    return children["therapist"].map(ratings.therapists[name])


def coded(ratings, name: str, known) -> dict[str, pd.Series]:
    """Columns of a covariate, per child; centred at the mean of `known`."""
    values = values_of(ratings, name)
    if values.dtype.kind not in "fi":
        categories = sorted(set(values_of(known, name).dropna()))
        return {f"{name}[{c}]": (values == c).astype(float) for c in categories[1:]}
    if set(values) <= {0, 1}:
        return {name: values.astype(float)}
    return {name: values - values_of(known, name).mean()}


def all_columns(ratings, term, known) -> dict[str, pd.Series]:
    """Columns, per child, of an entry of the model."""
    first, *others = term.name.split(":")
    columns = coded(ratings, first, known)
    for name in others:
        columns = {
            f"{one}:{other}": columns[one] * values
            for one in columns
            for other, values in coded(ratings, name, known).items()
        }
    return columns


def unit_of(known, name: str) -> float:
    """Standard deviation of what is numeric, 1 for what is not."""
    values = values_of(known, name).dropna()
    return 1.0 if values.dtype.kind not in "fi" or set(values) <= {0, 1} else float(np.std(values))


def stress_of(ratings) -> pd.DataFrame:
    """Stress where a rating was given, with each child's mean."""
    rated = ratings.long[ratings.long["status"] == "rated"][["child", "time"]].drop_duplicates()
    values = rated.merge(ratings.occasions, on=["child", "time"])
    own = {c: rows["stress"].mean() for c, rows in values.groupby("child")}
    return values.assign(own=values["child"].map(own))


def effects_with_prior(spec, ratings, point, *, name, units, shared, column_sd, left):
    """Effects of the columns that act on one thing, and their log prior density."""
    prior = spec.priors["covariate"]
    spread = np.array([ratings.scales[k].spread for k in ratings.informants])
    n, total = len(spread), 0.0
    effects = np.zeros((len(units), n))
    own = [row for row in range(len(units)) if not shared[row]]
    one = [row for row in range(len(units)) if shared[row]]

    def local_sd(called):
        """What a horseshoe multiplies a standard normal variable by."""
        local, raw = point[f"{called}_local"], point[f"{called}_raw"]
        tau, slab = float(point["covariate_global"]), float(point["covariate_slab"])
        lam = np.sqrt(slab * local**2 / (slab + tau**2 * local**2))
        found = stats.halfcauchy.logpdf(local).sum() + stats.norm.logpdf(raw).sum()
        return found, tau * lam * raw

    if own:
        has_own = any(key.startswith(f"{name}_own") for key in point)
        called = f"{name}_own" if has_own else name
        for position, row in enumerate(own):
            for k in range(n):
                if prior.distribution in ("Normal", "StudentT"):
                    effects[row, k] = point[called][position, k]
                    total += prior_log_density(prior, effects[row, k], 0.0, spread[k] / units[row])
        if prior.distribution == "RegularizedHorseshoe":
            found, drawn = local_sd(called)
            total += found
            effects[own] = drawn * spread / np.array(units)[own, None]
        if prior.distribution == "R2D2":
            r2, raw = point[f"{called}_r2"], point[f"{called}_raw"]
            share = point.get(f"{called}_share", np.ones((n, 1)))
            a, b = prior.mean * prior.precision, (1 - prior.mean) * prior.precision
            total += stats.beta.logpdf(r2, a, b).sum() + stats.norm.logpdf(raw).sum()
            for k in range(n):
                if len(own) > 1:
                    total += stats.dirichlet.logpdf(
                        share[k], np.full(len(own), prior.concentration)
                    )
                for position, row in enumerate(own):
                    explained = r2[k] / (1 - r2[k]) * share[k, position]
                    sd = left[k] * np.sqrt(explained) / column_sd[row]
                    effects[row, k] = raw[position, k] * sd
    if one:
        called = f"{name}_shared"
        if prior.distribution == "RegularizedHorseshoe":
            found, drawn = local_sd(called)
            total += found
            drawn = drawn / np.array(units)[one]
        else:
            drawn = point[called]
            for position, row in enumerate(one):
                total += prior_log_density(prior, drawn[position], 0.0, 1 / units[row])
        effects[one] = drawn[:, None] * spread
    return effects, total


def natural_spline(s: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Hastie, Tibshirani and Friedman (2009), equations 5.4 and 5.5, without the constant."""

    def d(k):
        cubes = np.maximum(s - knots[k], 0) ** 3 - np.maximum(s - knots[-1], 0) ** 3
        return cubes / (knots[-1] - knots[k])

    n = len(knots)
    curved = [(knots[-1] - knots[k]) * (d(k) - d(n - 2)) for k in range(n - 2)]
    return np.array([s, *(c / (knots[-1] - knots[0]) ** 2 for c in curved)])


def stretching(spec, ratings, known, stress, point):
    """What residual standard deviations are multiplied by, and the log prior of the effects."""
    columns, units = [], []
    keys = list(zip(stress["child"], stress["time"], strict=True))
    for name in spec.residual.sd_on:
        if name == "stress":
            split = next(term.within_between for term in spec.covariates if term.name == name)
            values = stress["stress"] - (stress["own"] if split else stress["stress"].mean())
            columns.append(values.to_numpy())
            units.append(np.std(values))
        else:
            for values in coded(ratings, name, known).values():
                columns.append(np.array([values[child] for child, _ in keys]))
                units.append(unit_of(known, name))
    effects, prior = point["residual_sd_on"], spec.priors["residual_sd_on"]
    total = sum(
        prior_log_density(prior, effect, 0.0, 1.0 / unit)
        for row, unit in zip(effects, units, strict=True)
        for effect in row
    )
    factors = np.exp(np.array(columns).T @ effects)
    return dict(zip(keys, factors, strict=True)), total


def log_density(spec, ratings, point: dict[str, np.ndarray], *, known=None) -> float:
    """Log density at values of the free variables, no Jacobian of any transformation.

    `known` are the ratings before anything missing was filled in.
    """
    known = ratings if known is None else known
    informants = ratings.informants
    spread = np.array([ratings.scales[k].spread for k in informants])
    center = np.array([ratings.scales[k].center for k in informants])
    coefficients = spec.trajectory.coefficients
    n = len(informants)
    total = 0.0

    theta = {}
    place = {child: position for position, child in enumerate(ratings.children.index)}
    for c in coefficients:
        shift = center if c == "level" else np.zeros(n)
        for k in range(n):
            total += prior_log_density(spec.priors[c], point[c][k], shift[k], spread[k])
        theta[c] = np.tile(np.asarray(point[c], dtype=float), (len(ratings.children), 1))
    if spec.covariates and spec.priors["covariate"].distribution == "RegularizedHorseshoe":
        prior = spec.priors["covariate"]
        tau, slab = float(point["covariate_global"]), float(point["covariate_slab"])
        half = prior.slab_nu / 2
        total += stats.halfcauchy.logpdf(tau, scale=prior.global_scale)
        total += stats.invgamma.logpdf(slab, half, scale=half * prior.slab_scale**2)
    stress = stress_of(ratings)
    for c in coefficients:
        columns: list[tuple[np.ndarray, float, bool]] = []
        for term in sorted(spec.covariates, key=lambda term: ":" in term.name):
            if c in term.on:
                columns += [
                    (
                        column.to_numpy(),
                        float(np.prod([unit_of(known, name) for name in term.name.split(":")])),
                        term.shared,
                    )
                    for column in all_columns(ratings, term, known).values()
                ]
            elif c == "level" and term.within_between:
                own = stress.groupby("child")["own"].first().reindex(ratings.children.index)
                centred = own.to_numpy() - np.nanmean(own)
                columns.append((np.nan_to_num(centred), float(np.nanstd(own)), term.shared))
        if not columns:
            continue
        effects, found = effects_with_prior(
            spec,
            ratings,
            point,
            name=f"{c}_on",
            units=[unit for _, unit, _ in columns],
            shared=[shared for _, _, shared in columns],
            column_sd=[np.std(column) for column, _, _ in columns],
            left=point.get(f"child_sd_{c}"),
        )
        total += found
        for row, (column, _, _) in enumerate(columns):
            for k in range(n):
                theta[c][:, k] += column * effects[row, k]

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
            prior = spec.priors[f"{level}_cor"]
            total += lkj_cholesky_log_density(chol, prior.eta)
            if prior.by == "coefficient":
                total += by_coefficient(chol, prior.eta, n)
            if prior.mean == "flat" and n > 2:
                total += of_average(chol[:n], prior)
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
                    theta[c][place[child], k] += effect[position]
                    position += 1

    counts = spec.likelihood.family == "binomial"
    for k in range(n):
        prior = spec.priors["residual_sd"]
        total += prior_log_density(prior, point["residual_sd"][k], 0.0, spread[k])
    raw_residuals = iter(point.get("residual_raw", ()))
    total += stats.norm.logpdf(point.get("residual_raw", np.zeros(0))).sum()
    chol = np.eye(n)
    if spec.residual.structure == "correlated" and n > 1:
        chol = point["residual_cor_cholesky"]
        prior = spec.priors["residual_cor"]
        total += lkj_cholesky_log_density(chol, prior.eta)
        if prior.mean == "flat" and n > 2:
            total += of_average(chol, prior)
    sd = np.diag(point["residual_sd"])
    cov = sd @ chol @ chol.T @ sd

    rated = ratings.long[ratings.long["status"] == "rated"]
    moved = {}
    for term in spec.covariates:
        if term.on != ("rating",):
            continue
        from_what = stress["own"] if term.within_between else stress["stress"].mean()
        value = stress["stress"] - from_what
        effects, found = effects_with_prior(
            spec,
            ratings,
            point,
            name="rating_on",
            units=[np.std(value)],
            shared=[term.shared],
            column_sd=[np.std(value)],
            left=point.get("residual_sd"),
        )
        total += found
        keys = zip(stress["child"], stress["time"], strict=True)
        moved = {key: v * effects[0] for key, v in zip(keys, value, strict=True)}
    family = spec.likelihood.family
    stretched, nu, rho = {}, None, None
    if spec.residual.sd_on:
        stretched, found = stretching(spec, ratings, known, stress, point)
        total += found
    if family == "student_t":
        above = float(point["residual_nu_above_2"])
        total += prior_log_density(spec.priors["residual_nu"], above, 0.0, 1.0)
        nu = 2.0 + above
    if spec.residual.autoregression:
        prior, rho = spec.priors["residual_autoregression"], float(point["residual_autoregression"])
        total += stats.beta.logpdf(rho, prior.alpha, prior.beta)
    autocorrelated = {}
    censored = family == "censored_normal"
    excess = iter(point.get("excess", ()))
    for (child, time), rows in rated.groupby(["child", "time"], sort=False):
        s = (time - ratings.time.origin) / ratings.time.per
        phi = {"level": 1.0, "slope": s, "quadratic": s**2}
        knots = (np.array(spec.trajectory.knots) - ratings.time.origin) / ratings.time.per
        if spec.trajectory.shape == "log_time":
            phi["slope"] = np.log(1 + s)
        if spec.trajectory.shape == "natural_spline":
            curve = natural_spline(np.array(s), knots) - natural_spline(np.array(0.0), knots)
            phi |= {f"spline_{number}": value for number, value in enumerate(curve, start=1)}
        if spec.trajectory.shape == "piecewise":
            phi |= {f"slope_change_{j}": max(0.0, s - knot) for j, knot in enumerate(knots, 1)}
        if spec.trajectory.shape == "occasions":
            phi |= {f"change_{j}": float(s == knot) for j, knot in enumerate(knots, 1)}
        index = [informants.index(informant) for informant in rows["informant"]]
        mean = np.array(
            [sum(phi[c] * theta[c][place[child], k] for c in coefficients) for k in index]
        )
        if moved:
            mean = mean + moved[child, time][index]
        y = rows["rating"].to_numpy(dtype=float, copy=True)
        if counts:
            mean = mean + (sd @ chol @ next(raw_residuals))[index]
            for position, k in enumerate(index):
                scale = ratings.scales[informants[k]]
                p = special.expit(2 * (mean[position] - scale.center) / scale.spread)
                points = stats.binom(int(scale.upper - scale.lower), p)
                total += points.logpmf(y[position] - scale.lower)
            continue
        if censored:
            for position, k in enumerate(index):
                scale = ratings.scales[informants[k]]
                half = 0.5 * (scale.step or 0.0)
                if y[position] == scale.upper:
                    y[position] += next(excess) - half
                elif y[position] == scale.lower:
                    y[position] -= next(excess) - half
        factor = stretched.get((child, time), np.ones(n))[index]
        own = cov[np.ix_(index, index)] * np.outer(factor, factor)
        if rho is not None:
            autocorrelated.setdefault(child, []).extend(
                zip(y - mean, index, factor, [s] * len(y), strict=True)
            )
        elif nu is not None:
            total += stats.multivariate_t.logpdf(y, mean, own * (nu - 2) / nu, df=nu)
        else:
            total += stats.multivariate_normal.logpdf(y, mean, own)
    for cells in autocorrelated.values():
        block = np.array(
            [
                [cov[k, m] * f * g * rho ** abs(s - t) for _, m, g, t in cells]
                for _, k, f, s in cells
            ]
        )
        error = np.array([cell[0] for cell in cells])
        total += stats.multivariate_normal.logpdf(error, np.zeros(len(error)), block)
    assert next(excess, None) is None
    return float(total)
