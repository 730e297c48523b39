"""What every check returns: a verdict, the table it rests on, one sentence, and its source."""

from dataclasses import dataclass
from typing import Literal

import pandas as pd

type Verdict = Literal["pass", "warn", "fail"]


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
