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
"""

from dataclasses import field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass
from scipy.special import betaln

from bayes_alliance.specification.entries import PositiveNumber, Text, in_plain_words

type Floats = NDArray[np.float64]


@in_plain_words
@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
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

    References
    ----------
    Lewandowski, Kurowicka and Joe (2009).
    """

    eta: PositiveNumber
    reason: Text
    by: Literal["coefficient"] | None = None
    distribution: Literal["LKJ"] = field(default="LKJ", repr=False)

    @property
    def parameters(self) -> tuple[float]:
        """Eta."""
        return (self.eta,)

    def scaled(self, factor: float, shift: float = 0.0) -> "LKJ":
        """Return the same prior: correlations have no unit."""
        return self

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

    def log_constant(self, coefficient: ArrayLike) -> float:
        """Logarithm of the density's normalising constant, by rows as for `shapes`."""
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
        total = (self.eta - 1.0) * np.linalg.slogdet(cor)[1] + self.log_constant(coefficient)
        before = np.zeros(cor.shape[:-2])
        for last in np.flatnonzero(np.diff(after, append=-1.0)) + 1:
            so_far = np.linalg.slogdet(cor[..., :last, :last])[1]
            total -= after[last - 1] / 2.0 * (so_far - before)
            before = so_far
        return total
