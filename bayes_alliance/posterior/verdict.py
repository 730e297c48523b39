"""What every check returns: a verdict, the table it rests on, one sentence, and its source."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

type Verdict = Literal["pass", "warn", "fail"]

# How improbable, over everything a check looks at, ratings must be under the model; the usual
# levels, used by every check that rests on a probability.
WARN_BELOW, FAIL_BELOW = 0.05, 0.01


def verdict_of(p: float) -> Verdict:
    """Verdict of a check that rests on a probability.

    Parameters
    ----------
    p : float
        Of ratings as far out as the observed ones, over everything looked at.

    Returns
    -------
    {"pass", "warn", "fail"}
    """
    return "fail" if p < FAIL_BELOW else "warn" if p < WARN_BELOW else "pass"


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Check:
    """The result of one check.

    Parameters
    ----------
    name : str
    verdict : {"pass", "warn", "fail"}
    table : DataFrame
        What the verdict rests on.
    sentence : str
        The verdict in words, with advice if it is not a pass.
    reference : str
    synthetic : bool
        Whether it is about synthetic ratings.
    """

    name: str
    verdict: Verdict
    table: pd.DataFrame
    sentence: str
    reference: str
    synthetic: bool = False

    def __repr__(self) -> str:
        return f"{self.name}: {self.verdict.upper()}. {self.sentence}"

    def _repr_html_(self) -> str:
        return f"<p><b>{self.name}: {self.verdict}.</b> {self.sentence}</p>" + self.table.to_html()
