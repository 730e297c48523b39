r"""The prior of correlation matrices.

Under the LKJ distribution (Lewandowski, Kurowicka and Joe 2009) the partial correlation of row `i`
and column `j` given the columns before `j` is :math:`2\,\mathrm{Beta}(b_{ij}, b_{ij}) - 1`,
independently of all others, with :math:`b_{ij} = \eta + (n - 2 - j) / 2` for `n` rows.

One matrix over several growth coefficients has a catch: the correlations among the levels of `K`
informants are then LKJ with :math:`\eta + (n - K) / 2`. That slopes vary too would make agreement
in levels less believable, and most of all agreement of all informants together. By coefficient,
:math:`b_{ij} = \eta + (K - 2 - (j - f)) / 2` where `i` and `j` belong to the same coefficient,
whose first row is `f`: the correlations among the levels are LKJ with `eta`, those among the slopes
given the levels are LKJ with `eta`, and so on; correlations between coefficients stay as they are.
The density is that of LKJ times :math:`\prod_c |R_{c \cdot <c}|^{-n_{>c} / 2}`, with the partial
correlations of each coefficient given those before it and the number of rows after it, so the order
of the informants does not matter.

Neither says that agreement on the whole may be any: of more than two informants the average
correlation lies near 0. *Mean flat*, the density has a factor more that undoes this for the rows of
the first coefficient (`average`), in which informants are alike again.
"""

from dataclasses import field, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic.dataclasses import dataclass
from scipy.special import betaincinv, betaln

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import InputError, Problem
from bayes_alliance.specification.entries import STRICT, PositiveNumber, Text, in_plain_words
from bayes_alliance.specification.priors import average
from bayes_alliance.specification.priors.answers import Coordinate, Counterpart, Shape, Traits
from bayes_alliance.specification.priors.average import (
    LARGEST_ETA,
    LEAST_ETA,
    AverageFactor,
    average_factor,
)
from bayes_alliance.specification.quantity import Quantity


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=STRICT)
class LKJ:
    """Distribution over correlation matrices, density proportional to ``det(R) ** (eta - 1)``.

    Parameters
    ----------
    eta : float
        Positive. 1: every correlation matrix alike; the larger, the nearer to no correlation.
    reason : str
        A source, or the word *judgement* and what was judged.
    by : "coefficient", optional
        Informants' correlations in one growth coefficient are LKJ with this eta, however many other
        coefficients vary; by default the matrix as a whole is.
    mean : "flat", optional
        With eta 1 the average correlation of informants in the first growth coefficient is spread
        over its whole range, however many they are; other etas say of three or more informants
        what they say of two: the larger, the farther from perfect agreement. Only with
        ``by="coefficient"``; two informants are as without.

    References
    ----------
    Lewandowski, Kurowicka and Joe (2009).
    """

    eta: PositiveNumber
    reason: Text
    by: Literal["coefficient"] | None = None
    mean: Literal["flat"] | None = None
    distribution: Literal["LKJ"] = field(default="LKJ", repr=False)
    traits: ClassVar[Traits] = Traits(fits=("correlation",))

    def __post_init__(self) -> None:
        if self.mean is None:
            return
        problems = []
        if self.by is None:
            message = f'goes with by = "coefficient" only: mean = "{self.mean}" is about one'
            problems.append(Problem(where="by", message=message))
        if not LEAST_ETA <= self.eta <= LARGEST_ETA:
            message = f'must be {LEAST_ETA:g} to {LARGEST_ETA:g} with mean = "{self.mean}"'
            problems.append(Problem(where="eta", value=self.eta, message=message))
        if problems:
            raise InputError(problems, "LKJ")

    def words(self, quantity: Quantity) -> str:
        """Where it expects the average; else it depends on the number of rows."""
        if self.mean is None:
            return ""
        if self.eta == 1.0:
            return "the average correlation of informants may be any"
        return "the average correlation of informants is spread as that of two alone"

    def widened(self, factor: float) -> "LKJ":
        """The weaker prior for a factor above 1."""
        return replace(self, eta=self.eta / factor)

    def governed(self) -> "LKJ":
        """The prior whose density raised to a power is eta's doing alone.

        By coefficient, a uniform prior of agreement in each is not uniform as a whole; that part
        of the density does not depend on eta. Nor is the factor that makes the average flat.
        """
        return replace(self, by=None, mean=None)

    def shapes(self, coefficient: ArrayLike) -> Floats:
        """Parameters of the partial correlations' beta distributions.

        Parameters
        ----------
        coefficient : array of int, shape (n,)
            The growth coefficient each row belongs to; rows of one lie together.

        Returns
        -------
        array, shape (n, n)
            ``b[i, j]`` below the diagonal, 0 elsewhere.
        """
        group = np.asarray(coefficient)
        n = len(group)
        shapes = np.zeros((n, n))
        for i in range(n):
            for j in range(i):
                own = group == group[i]
                first, size = 0, n
                if self.by is not None and group[i] == group[j]:
                    first, size = int(np.argmax(own)), int(own.sum())
                shapes[i, j] = self.eta + (size - 2 - (j - first)) / 2
        return shapes

    def rows_after(self, coefficient: ArrayLike) -> Floats:
        """Rows that follow those of the same growth coefficient; 0 for a matrix as a whole.

        Parameters
        ----------
        coefficient : array of int, shape (n,)
            As for `shapes`.

        Returns
        -------
        array, shape (n,)
        """
        group = np.asarray(coefficient)
        if self.by is None:
            return np.zeros(len(group))
        last = np.array([np.flatnonzero(group == own)[-1] for own in group], dtype=float)
        return len(group) - 1 - last

    def average_factor(self, coefficient: ArrayLike) -> AverageFactor | None:
        """What the density has beside that, by the average of the first coefficient's rows.

        Parameters
        ----------
        coefficient : array of int, shape (n,)
            As for `shapes`.
        """
        group = np.asarray(coefficient)
        n_rows = int((group == group[0]).sum())
        if self.mean is None or n_rows < 3:
            return None
        return average_factor(n_rows, self.eta)

    def log_constant(self, coefficient: ArrayLike) -> float:
        """Logarithm of its normalising constant but for `average_factor`, by rows as there."""
        shapes = self.shapes(coefficient)
        b = shapes[np.tril_indices(len(shapes), -1)]
        return -float(np.sum((2.0 * b - 1.0) * np.log(2.0) + betaln(b, b)))

    def log_density(self, cor: Floats, coefficient: ArrayLike) -> Floats:
        """Logarithm of the density at correlation matrices.

        Parameters
        ----------
        cor : array, shape (..., n, n)
        coefficient : array of int, shape (n,)
            As for `shapes`.

        Returns
        -------
        array, shape (...)
        """
        after = self.rows_after(coefficient)
        before = np.zeros(cor.shape[:-2])
        total = before + self.log_constant(coefficient)
        # 0 times the logarithm of 0 is left out: matrices may be singular, but for rounding.
        if self.eta != 1.0:
            total += (self.eta - 1.0) * np.linalg.slogdet(cor)[1]
        for last in np.flatnonzero(np.diff(after, append=-1.0)) + 1:
            so_far = np.linalg.slogdet(cor[..., :last, :last])[1]
            if after[last - 1]:
                total -= after[last - 1] / 2.0 * (so_far - before)
            before = so_far
        if factor := self.average_factor(coefficient):
            total += average.log_factor(factor, cor[..., : factor.n_rows, : factor.n_rows])
        return total

    def draw(self, rng: np.random.Generator, shape: Shape, coefficient: ArrayLike) -> Floats:
        """Partial correlations, of which matrices are made.

        Parameters
        ----------
        coefficient : array of int, shape (n,)
            As for `shapes`.

        Returns
        -------
        array, shape (*shape, n (n - 1) / 2)
            Row by row.
        """
        shapes = self.shapes(coefficient)
        below = zip(*np.tril_indices(len(shapes), -1), strict=True)
        partial = [2.0 * rng.beta(shapes[at], shapes[at], shape) - 1.0 for at in below]
        drawn = np.stack(partial, axis=-1) if partial else np.zeros((*shape, 0))
        if factor := self.average_factor(coefficient):
            # Those of other rows are independent of these.
            first = average.drawn(rng, int(np.prod(shape)), factor.n_rows, self.eta)
            drawn[..., : first.shape[-1]] = first.reshape(*shape, first.shape[-1])
        return drawn

    def marginal_quantile(self, p: ArrayLike, coefficient: ArrayLike) -> Floats:
        r"""Quantiles of the correlation of the first two rows.

        It is its own partial correlation, ``2 Beta(b, b) - 1`` with ``b`` of `shapes`, unless the
        average is flat.
        """
        if factor := self.average_factor(coefficient):
            return average.quantile_of_first(np.asarray(p), factor.n_rows, self.eta)
        b = self.shapes(coefficient)[1, 0]
        return 2.0 * betaincinv(b, b, p) - 1.0

    def coordinates(self, coefficient: ArrayLike) -> dict[tuple[int, int], Coordinate]:
        """Coordinates of the partial correlations of row `i` with `j < i`, given those before.

        Parameters
        ----------
        coefficient : array of int, shape (n,)
            As for `shapes`.
        """
        shapes = self.shapes(coefficient)
        return {
            (i, j): Coordinate(
                form="partial_correlation",
                shape=float(b),
                constant=float(-(2.0 * b - 1.0) * np.log(2.0) - betaln(b, b)),
            )
            for i, row in enumerate(shapes)
            for j, b in enumerate(row[:i])
        }

    def counterpart(self, n: int) -> Counterpart:
        """PyMC's distribution of the Cholesky factor of a matrix with `n` rows."""
        return Counterpart(name="LKJCorr", arguments={"n": n, "eta": self.eta})

    def beyond_counterpart(self, coefficient: ArrayLike) -> tuple[float, Floats]:
        """What the log density has beyond that: a constant, and factors of the log diagonal.

        And, besides, `average_factor`.

        Parameters
        ----------
        coefficient : array of int, shape (n,)
            As for `shapes`.
        """
        after = self.rows_after(coefficient)
        constant = self.log_constant(coefficient) - self.log_constant(np.zeros(len(after)))
        return constant, -after

    def pair_counterpart(self) -> Counterpart:
        """PyMC's distribution of ``(1 + r) / 2``, `r` the correlation of two rows alone."""
        return Counterpart(name="Beta", arguments={"alpha": self.eta, "beta": self.eta})
