"""What is known of a file while the roles of its columns are looked for.

Of two rows that are alike in every cell one is left out wherever rows are told apart: exports that
overlap hold the same row twice.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_alliance.arrays import Integers
from bayes_alliance.ratings.drafting.columns import Column

NEARLY_ALL = 0.95


@dataclass(frozen=True, kw_only=True, eq=False)
class Known:
    """What is known of a file when a role is looked for.

    Parameters
    ----------
    columns : tuple of Column
    child, therapist, time, informant : Column or None
        Found before.
    """

    columns: tuple[Column, ...]
    child: Column | None = None
    therapist: Column | None = None
    time: Column | None = None
    informant: Column | None = None

    @property
    def children(self) -> Integers:
        """Child of every row, as whole numbers from 0."""
        return self.child.units if self.child is not None else np.arange(len(self.columns[0].text))

    @property
    def n_children(self) -> int:
        """How many children there are."""
        return int(self.children.max()) + 1

    def only_grows(self, column: Column) -> bool:
        """Whether numbers are larger the later a row of a child stands: they count time too."""
        if self.time is None or not self.time.is_in_order:
            return False
        frame = pd.DataFrame({"child": self.children, "time": self.time.in_order})
        frame["value"] = column.numbers
        ordered = frame.dropna().sort_values(["child", "time"])
        grows = ordered.groupby("child")["value"].diff().dropna() > 0
        return len(grows) > 0 and bool(grows.mean() > NEARLY_ALL)

    @cached_property
    def alike(self) -> NDArray[np.bool_]:
        """Rows that are like an earlier one in every cell: one row that stands twice."""
        whole = pd.DataFrame({at: one.units for at, one in enumerate(self.columns)})
        return np.asarray(whole.duplicated(), dtype=bool)

    def distinct(self, *columns: Column) -> float:
        """Share of the rows whose child has these values in no earlier row that differs."""
        keys = pd.DataFrame({"child": self.children})
        for at, column in enumerate(columns):
            keys[at] = column.units
        keys = keys[~self.alike]
        return float((~keys.duplicated()).mean())
