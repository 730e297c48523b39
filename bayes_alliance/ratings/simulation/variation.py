"""Standard deviations and correlations of simulated effects, by label.

A `Variation` says how children, therapists or clinics differ, or how a residual varies, in rating
points. Labels are those of the summaries, so that truth and estimate are written alike; they are
looked up and never taken apart, so an informant's label may hold any character.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import NamedTuple

import numpy as np

from bayes_alliance.arrays import Floats
from bayes_alliance.errors import Problem, nearest

type Pair = tuple[str, str]


class TrueValue(NamedTuple):
    """A true value: its kind (``"child_sd"``), whose it is (``"child,level"``), rating points."""

    kind: str
    label: str
    value: float

    @property
    def name(self) -> str:
        """As ``summary.csv`` has it, ``"child_sd[child,level]"``."""
        return f"{self.kind}[{self.label}]"


@dataclass(frozen=True, kw_only=True)
class Variation:
    """Standard deviations and correlations of a set of normal effects.

    Parameters
    ----------
    sd : mapping of str to float
        Standard deviation per label, rating points; a label left out does not vary. Labels are
        ``"child,level"`` (informant, coefficient) for effects and ``"child"`` (informant) for the
        residual.
    cor : mapping of (str, str) to float
        Correlation per pair of labels, ``("child,level", "caregiver,level")`` in either order; a
        pair left out is uncorrelated.
    """

    sd: Mapping[str, float] = field(default_factory=dict)
    cor: Mapping[Pair, float] = field(default_factory=dict)

    def cov(self, labels: Sequence[str]) -> Floats:
        """Covariance matrix over the labels, ``diag(sd) cor diag(sd)``.

        Returns
        -------
        array, shape (n_labels, n_labels)
            Zero where a label does not vary.
        """
        sd = np.array([self.sd.get(label, 0.0) for label in labels])
        return sd[:, None] * self._cor(labels) * sd

    def quantities(self, labels: Sequence[str], *, of: str) -> list[TrueValue]:
        """List standard deviations and correlations as summaries name them.

        Parameters
        ----------
        of : str
            What varies: ``"child"``, ``"therapist"``, ``"clinic"`` or ``"residual"``.

        Returns
        -------
        list of TrueValue
            ``child_sd[child,level]`` for every label that varies, and
            ``child_cor[child,level;caregiver,level]`` for every pair of them.
        """
        varying = [label for label in labels if self.sd.get(label, 0.0) > 0]
        cor = self._cor(varying)
        sds = [TrueValue(f"{of}_sd", label, float(self.sd[label])) for label in varying]
        return sds + [
            TrueValue(f"{of}_cor", f"{varying[i]};{varying[j]}", float(cor[i, j]))
            for j in range(len(varying))
            for i in range(j)
        ]

    def problems(self, labels: Sequence[str], *, where: str) -> list[Problem]:
        """Everything that keeps this from being the variation of these labels.

        Parameters
        ----------
        where : str
            Name of the field, for the messages.

        Returns
        -------
        list of Problem
            Unknown labels, negative standard deviations, correlations outside [-1, 1] or given
            twice, and correlations that no set of variables can have together.
        """
        problems = [
            Problem(where=f"{where}.sd", value=label, message=unknown(label, labels))
            for label in self.sd
            if label not in labels
        ]
        for label, sd in self.sd.items():
            if not (np.isfinite(sd) and sd >= 0):
                message = "a standard deviation is a number of at least 0"
                problems.append(Problem(where=f"{where}.sd[{label}]", value=sd, message=message))
        for pair, cor in self.cor.items():
            at = f"{where}.cor[{pair}]"
            if isinstance(pair, str) or len(set(pair)) != 2:
                message = "a correlation is between two labels: ('first', 'second')"
                problems.append(Problem(where=at, value=pair, message=message))
            else:
                problems += [
                    Problem(where=at, value=label, message=unknown(label, labels))
                    for label in pair
                    if label not in labels
                ]
            if not abs(cor) <= 1:
                problems.append(Problem(where=at, value=cor, message="lies between -1 and 1"))
        problems += [
            Problem(where=f"{where}.cor[{one}]", message="this pair is given twice")
            for other, one in combinations(self.cor, 2)
            if set(one) == set(other)
        ]
        if not problems and labels:
            smallest = float(np.linalg.eigvalsh(self._cor(labels)).min())
            if smallest < -1e-10:
                message = (
                    f"no variables can have these correlations together (their matrix has the "
                    f"eigenvalue {smallest:.3g}); bring them closer to 0 or state those left out"
                )
                problems.append(Problem(where=f"{where}.cor", message=message))
        return problems

    def _cor(self, labels: Sequence[str]) -> Floats:
        index = {label: i for i, label in enumerate(labels)}
        cor = np.eye(len(labels))
        for (first, second), value in self.cor.items():
            if first in index and second in index:
                cor[index[first], index[second]] = cor[index[second], index[first]] = value
        return cor


def unknown(label: str, allowed: Iterable[str]) -> str:
    """Say what is allowed instead of an unknown label, with the nearest one."""
    allowed = list(allowed)
    return f"unknown; allowed: {', '.join(allowed) or 'none'}.{nearest(label, allowed)}"
