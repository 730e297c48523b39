r"""The average correlation of several rows, and a factor of their density that makes it flat.

The correlation matrix of `n` rows is one of unit vectors; :math:`u = 1'R1 / n^2`, the squared
length of their mean, is 0 at the least average correlation that they can have and 1 at the largest.
Under LKJ(:math:`\eta`) they are uniform on the sphere of :math:`d = n - 1 + 2 \eta` dimensions, so
their sum is a random walk (Kingman 1963): with :math:`\rho` the length of `k` steps, the next step
has with their sum a correlation `t` of density proportional to :math:`(1 - t^2)^{(d - 3) / 2}`, and

.. math:: \rho'^2 = \rho^2 + 1 + 2 \rho t.

For `d` that are no whole numbers both follow from the next row of the matrix' Cholesky factor,
which is spherical. The more rows, the nearer to 0 their average correlation is; the factor

.. math:: w(u) = [u^{1/n} (1 - u)]^{-(n - 2) d / 2}

undoes that. It leaves two rows as they are. With three or more the product has an integral whatever
:math:`\eta`: inside (0, 1) `w` is bounded; towards `u = 0` the density of a sum of vectors is
bounded, so that of `u` is :math:`\sim u^{d/2 - 1}` and the product :math:`\sim
u^{(2 \eta - 1) / n}`, more than :math:`u^{-1}`; towards `u = 1` all lie within a distance of order
:math:`\sqrt{1 - u}` in `d - 1` directions, so that of `u` is :math:`\sim
(1 - u)^{(n - 1)(d - 1) / 2 - 1}` and the product :math:`\sim (1 - u)^{\eta - 1}`. With
:math:`\eta = 1` these are :math:`u^{1/n}` and a constant: the average is spread over its whole
range, for every `n`.

What `w` is expected to be after the walk's last step, given the length after each, is computed
backwards on a grid: at the beginning it is the normalising constant, and step by step it turns the
walk of LKJ into one of the product, of which draws are made.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.special import betaln, expit, logsumexp

from bayes_alliance.arrays import Floats

# For these etas the grids below hold all but 1e-10 of the probability.
LEAST_ETA, LARGEST_ETA = 0.1, 100.0

# Lengths as log(u / (1 - u)), beyond which logarithms of expectations are straight lines.
EDGE = 25.0
# Most numbers of a grid at once, and how many are gone through fastest.
MOST, FEW = 2**20, 2**16


@dataclass(frozen=True, kw_only=True)
class AverageFactor:
    """A factor of a density, by the average correlation of the first rows of a matrix.

    Its logarithm is ``constant - exponent * (log(u) / n_rows + log(1 - u))``.
    """

    n_rows: int
    exponent: float
    constant: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Walk:
    """The walk of `n` steps in `d` dimensions, looked at backwards.

    Parameters
    ----------
    x : array, shape (n_cells,)
        Middles of cells of the inverse hyperbolic tangent of a step's correlation `t`.
    width : float
        Of a cell.
    log_mass : array, shape (n_cells,)
        Logarithms of the probability of each under LKJ.
    ahead : dict of int to CubicSpline
        From log(u / (1 - u)) after `k` steps to the logarithm of what `w` is expected to be.
    """

    n: int
    d: float
    x: Floats
    width: float
    log_mass: Floats
    ahead: dict[int, CubicSpline]

    def log_masses(self, y: Floats, k: int) -> Floats:
        """Logarithms of the mass of every cell of step `k + 1`, shape (len(y), n_cells).

        They sum to what `w` is expected to be, given ``y = log(u / (1 - u))`` after `k` steps.
        """
        return self.log_mass + self._log_expected(after_step(y[:, None], k, self.x), k + 1)

    def _log_expected(self, y: Floats, k: int) -> Floats:
        if k == self.n:
            log_u = -np.logaddexp(0.0, -y)
            log_rest = log_u - y  # log(1 - u)
            return -exponent(self.n, self.d) * (log_u / self.n + log_rest)
        inside = np.clip(y, -EDGE, EDGE)
        spline = self.ahead[k]
        slopes = np.where(y > 0.0, spline(EDGE, 1), spline(-EDGE, 1))
        return spline(inside) + slopes * (y - inside)


def exponent(n: int, d: float) -> float:
    """Of the factor; 0 for two rows."""
    return (n - 2) * d / 2.0


def after_step(y: Floats, k: int, x: Floats) -> Floats:
    """``log(u / (1 - u))`` after a step with correlation ``tanh(x)``, from that after `k` steps.

    Both ``rho^2`` and ``k^2 - rho^2`` are sums of what is positive, so that nothing cancels.
    """
    rho, short = k * np.sqrt(expit(y)), k**2 * expit(-y)
    squared = (rho - 1.0) ** 2 + 4.0 * rho * expit(2.0 * x)
    shorter = short + 2.0 * short / (k + rho) + 4.0 * rho * expit(-2.0 * x)
    return np.log(squared) - np.log(shorter)


@cache
def walk(n: int, eta: float) -> Walk:
    """The walk of three or more rows under LKJ(eta)."""
    d = n - 1 + 2.0 * eta
    width = min(0.1, 0.5 / np.sqrt(d))
    # Towards u = 1 the density falls as exp(-2 eta x).
    half = int(np.ceil(12.0 / min(eta, 1.0) / width))
    x = width * np.arange(-half, half + 1)
    log_cosh = np.logaddexp(x, -x) - np.log(2.0)
    log_mass = np.log(width) - (d - 1.0) * log_cosh - betaln(0.5, (d - 1.0) / 2.0)
    ahead: dict[int, CubicSpline] = {}
    made = Walk(n=n, d=d, x=x, width=width, log_mass=log_mass, ahead=ahead)
    y = np.linspace(-EDGE, EDGE, 1 + 2 * int(np.ceil(EDGE / width)))
    for k in range(n - 1, 1, -1):
        parts = np.array_split(y, 1 + y.size * x.size // MOST)
        expected = [logsumexp(made.log_masses(part, k), axis=1) for part in parts]
        ahead[k] = CubicSpline(y, np.concatenate(expected), bc_type="natural")
    return made


def _first(made: Walk) -> Floats:
    """Logarithms of the mass of every cell of the first correlation."""
    return made.log_masses(np.array([np.inf]), 1)[0]


@cache
def average_factor(n: int, eta: float) -> AverageFactor:
    """The factor for LKJ(eta) of `n` rows, three or more."""
    made = walk(n, eta)
    return AverageFactor(
        n_rows=n, exponent=exponent(n, made.d), constant=-float(logsumexp(_first(made)))
    )


def log_factor(factor: AverageFactor, cor: Floats) -> Floats:
    """Logarithm of the factor at correlation matrices of these rows, shape (..., n, n)."""
    squared = factor.n_rows**2
    u, rest = cor.sum(axis=(-2, -1)) / squared, (1.0 - cor).sum(axis=(-2, -1)) / squared
    return factor.constant - factor.exponent * (np.log(u) / factor.n_rows + np.log(rest))


def quantile_of_first(p: Floats, n: int, eta: float) -> Floats:
    """Quantiles of the correlation of the first two rows."""
    made = walk(n, eta)
    log_masses = _first(made)
    below = np.cumsum(np.exp(log_masses - logsumexp(log_masses)))
    return np.tanh(np.interp(p, below, made.x + made.width / 2.0))


def drawn(rng: np.random.Generator, size: int, n: int, eta: float) -> Floats:
    """Draws of partial correlations, row by row, shape (size, n (n - 1) / 2)."""
    made = walk(n, eta)
    most = max(1, MOST // made.x.size)
    parts = [min(most, size - first) for first in range(0, size, most)]
    none = np.zeros((0, n * (n - 1) // 2))
    return np.concatenate([none, *(_drawn(rng, part, made) for part in parts)])


def _drawn(rng: np.random.Generator, size: int, made: Walk) -> Floats:
    # What the rows of the matrix' square root sum to, and how long that is.
    total, y = np.ones((size, 1)), np.full(size, np.inf)
    partials = []
    for k in range(1, made.n):
        x = _steps(rng, y, k, made)
        toward = total / np.linalg.norm(total, axis=1, keepdims=True)
        # Across the sum so far the next row has any direction of the d - 1 others, of which k - 1
        # are among the rows so far.
        across = rng.standard_normal((size, k))
        across -= (across * toward).sum(axis=1, keepdims=True) * toward
        own = np.sqrt(rng.chisquare(made.d - k, (size, 1)))
        row = np.concatenate([across, own], axis=1)
        row /= np.cosh(x)[:, None] * np.linalg.norm(row, axis=1, keepdims=True)
        row[:, :k] += np.tanh(x)[:, None] * toward
        beyond = np.sqrt(np.cumsum(row[:, ::-1] ** 2, axis=1))[:, ::-1]
        partials.append(np.clip(row[:, :k] / beyond[:, :k], -1.0, 1.0))
        total = np.concatenate([total, np.zeros((size, 1))], axis=1) + row
        y = after_step(y, k, x)
    return np.concatenate(partials, axis=1)


def _steps(rng: np.random.Generator, y: Floats, k: int, made: Walk) -> Floats:
    """Draws from cells of step `k + 1`, and from within them."""
    at, within = rng.random(len(y)), rng.random(len(y)) - 0.5
    if k == 1:
        # Every walk begins alike.
        cell = np.searchsorted(_sums(made, y[:1], k)[0], at)
    else:
        # A few at once, which stay in the processor's cache.
        parts = np.array_split(np.arange(len(y)), 1 + y.size * made.x.size // FEW)
        sums = ((part, _sums(made, y[part], k)) for part in parts)
        cell = np.concatenate([(one < at[part, None]).sum(axis=1) for part, one in sums])
    return made.x[np.minimum(cell, len(made.x) - 1)] + made.width * within


def _sums(made: Walk, y: Floats, k: int) -> Floats:
    """Shares of the mass up to and with each cell."""
    log_masses = made.log_masses(y, k)
    below = np.cumsum(np.exp(log_masses - log_masses.max(axis=1, keepdims=True)), axis=1)
    return below / below[:, -1:]
