r"""Simulated questionnaires: how an alliance becomes responses to single items.

Each item has steps on the way from its lowest to its highest response. At an alliance of `a` points
of the total the response of item `j` is above its `c`-th step with probability
:math:`\Phi(\lambda_j (a / J - \tau_{jc}) / h)`, with `J` items, loading `lambda`, thresholds
`tau` in points of an item, and `h` half the range of an item (Samejima's graded responses, 1969).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Problem
from bayes_alliance.ratings.items import Items
from bayes_alliance.ratings.simulation.draws import stream
from bayes_alliance.ratings.simulation.variation import TrueValue


@dataclass(frozen=True, kw_only=True)
class SimulatedItems:
    """Items and how each informant uses them.

    Parameters
    ----------
    loading : mapping of str to tuple of float
        By informant, one positive number for each item: how steeply responses follow the alliance.
    threshold : mapping of str to tuple of tuple of float
        By informant and item, the rising steps between responses, in points of an item. Models of
        items find the same alliance if the mean of the first steps is half a point above the lowest
        response, and that of the last half a point below the highest.
    lower, upper : int
        Lowest and highest response.
    reverse : tuple of str
        Items (named "1", "2", ...) that are worded the other way round.
    skipped : float
        Probability that an item is not answered, at random.
    """

    loading: Mapping[str, tuple[float, ...]]
    threshold: Mapping[str, tuple[tuple[float, ...], ...]]
    lower: int = 1
    upper: int = 4
    reverse: tuple[str, ...] = ()
    skipped: float = 0.0

    @property
    def items(self) -> Items:
        """What the study file says of them."""
        n_items = len(next(iter(self.loading.values()), ()))
        names = tuple(str(number) for number in range(1, n_items + 1))
        return Items(names=names, lower=self.lower, upper=self.upper, reverse=self.reverse)

    def quantities(self) -> list[TrueValue]:
        """True value of every quantity, as ``summary.csv`` names it."""
        names = self.items.names
        loadings = [
            TrueValue("item_loading", f"{item},{informant}", value)
            for informant, values in self.loading.items()
            for item, value in zip(names, values, strict=True)
        ]
        return loadings + [
            TrueValue("item_threshold", f"{item},{response}|{response + 1},{informant}", value)
            for informant, steps in self.threshold.items()
            for item, values in zip(names, steps, strict=True)
            for response, value in enumerate(values, start=self.lower)
        ]

    def responses(self, alliance: Floats, *, informant: str, when: str, seed: int) -> Floats:
        """Draw an informant's responses at one occasion.

        Parameters
        ----------
        alliance : array, shape (n_children,)
            In points of the total, what is special about the occasion included.
        informant, when : str
            Who and when, for random numbers of their own.

        Returns
        -------
        array, shape (n_children, n_items)
            As answered; NaN where skipped.
        """
        n_items, half = len(self.items.names), 0.5 * (self.upper - self.lower)
        rng = stream(seed, "items", informant, when)
        noise = rng.standard_normal((len(alliance), n_items))
        latent = alliance[:, None] / n_items + noise * half / np.array(self.loading[informant])
        passed = latent[:, :, None] > np.array(self.threshold[informant])
        answered = self.items.turned(self.lower + passed.sum(axis=-1).astype(np.float64))
        return np.where(rng.random(answered.shape) < self.skipped, np.nan, answered)

    def problems(self, informants: Sequence[str]) -> list[Problem]:
        """Everything that keeps items from being answered this way."""
        problems = []
        names = self.items.names
        for informant in informants:
            loading = self.loading.get(informant, ())
            steps = self.threshold.get(informant, ())
            if len(loading) != len(names) or not names or min(loading, default=0.0) <= 0:
                message = "needs one positive loading for each item, as many for all informants"
                problems.append(Problem(where=f"items.loading[{informant}]", message=message))
            rising = all(
                len(values) == self.upper - self.lower and all(np.diff(values) > 0)
                for values in steps
            )
            if len(steps) != len(names) or not rising:
                message = f"needs {self.upper - self.lower} rising steps for each item"
                problems.append(Problem(where=f"items.threshold[{informant}]", message=message))
        problems += [
            Problem(where="items.reverse", value=name, message="is not an item")
            for name in self.reverse
            if name not in names
        ]
        if not 0 <= self.skipped < 1:
            message = "a probability of at least 0 and below 1"
            problems.append(Problem(where="items.skipped", value=self.skipped, message=message))
        return problems


def spread_out(
    informants: Sequence[str], n_items: int, *, lower: int = 1, upper: int = 4
) -> SimulatedItems:
    """Items that differ in a regular way: how hard they are, how wide, how closely they follow.

    Parameters
    ----------
    n_items : int
        At least 2.
    lower, upper : int
        Lowest and highest response, at least two steps apart.

    Returns
    -------
    SimulatedItems
        Loadings between 1.8 and 3.2; middles of items up to 0.4 points away from the middle of the
        scale, their widths within a fifth of the average. Informants use them differently.
    """
    loading, threshold = {}, {}
    for k, informant in enumerate(informants):
        # Golden steps: no two informants or items alike, and no random numbers.
        turn = (np.arange(n_items) * 0.618 + 0.29 * k) % 1.0
        other = (np.arange(n_items) * 0.382 + 0.17 * k) % 1.0
        middle, width = turn - turn.mean(), other - other.mean()
        half = 0.5 * (upper - lower - 1)
        halves = half * (1.0 + 0.4 * width)
        even = np.linspace(-1.0, 1.0, upper - lower)
        steps = 0.5 * (lower + upper) + 0.8 * middle[:, None] + halves[:, None] * even
        loading[informant] = tuple((1.8 + 1.4 * ((turn + other) % 1.0)).round(2).tolist())
        threshold[informant] = tuple(map(tuple, steps.tolist()))
    return SimulatedItems(loading=loading, threshold=threshold, lower=lower, upper=upper)
