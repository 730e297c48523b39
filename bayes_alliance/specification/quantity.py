"""What has a prior: one quantity of a model, as a record.

A record says which priors fit a quantity, which block of priors it is studied with, what it is and
in which unit, so that printing, prior tables, blocks and errors ask it and no key is cut apart.
Each part of a specification declares its own records; `quantities` puts those of a model together.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

type Kind = Literal[
    "coefficient",
    "effect",
    "effect on sd",
    "difference",
    "sd",
    "tail",
    "loading",
    "share",
    "correlation",
]
type Block = Literal[
    "levels",
    "slopes",
    "covariates",
    "child sds",
    "therapist sds",
    "clinic sds",
    "correlations",
    "residuals",
    "items",
    "leaving",
]
type Unit = Literal["spread", "none"]

BLOCKS: tuple[Block, ...] = get_args(Block.__value__)
# Words of an error: "residual_sd is a standard deviation, so its prior is ...".
KINDS: Mapping[Kind, str] = {
    "coefficient": "can be of either sign",
    "effect": "stands for effects of either sign",
    "effect on sd": "stands for effects of either sign",
    "difference": "stands for differences around their mean",
    "sd": "is a standard deviation",
    "tail": "is a positive number",
    "loading": "is a positive number",
    "share": "lies between 0 and 1",
    "correlation": "stands for correlations",
}


# Where priors in units of the scale expect a standard deviation, and what is of either sign.
BELOW = "95% below {below} spreads"
BETWEEN = "95% between {lower} and {upper} spreads"


@dataclass(frozen=True, kw_only=True)
class Quantity:
    """One quantity, or as many as its dims say, that share a prior.

    Parameters
    ----------
    key : str
        Of its prior, dotted, below ``priors``: ``"child_sd.level"``.
    kind : Kind
        Which priors fit.
    block : Block
        The priors a study of sensitivity varies together.
    meaning : str
        In words, as the end of a sentence.
    brief : str
        In two or three words.
    expects : str
        Where a prior expects it, to be filled in with quantiles: ``{lower}`` and ``{upper}`` hold
        95% between them, 95% lie below ``{below}``; with ``logarithm``, they are factors.
    unit : {"spread", "none"}
        Spread: one unit of the prior is half the range of the informant's scale.
    per : str
        Of what else one unit is: ``"contrast or sd"``.
    from_center : bool
        Is it measured from the midpoint of the scale?
    above : float
        The prior is for what exceeds this.
    logarithm : bool
        The prior is for the logarithm of what is said in words.
    dims : tuple of str
        What there is one of it for; empty: the model has one.
    level : str
        ``"child"``, ``"therapist"``, ``"clinic"`` or ``"residual"`` for what varies there.
    coefficient : str
        The growth coefficient it is about, if it is about one.
    absent : str or None
        Why the model has none; empty if it has, None if that depends on a part that could not be
        read.
    """

    key: str
    kind: Kind
    block: Block
    meaning: str
    brief: str
    expects: str = "95% between {lower} and {upper}"
    unit: Unit = "none"
    per: str = ""
    from_center: bool = False
    above: float = 0.0
    logarithm: bool = False
    dims: tuple[str, ...] = ("informant",)
    level: str = ""
    coefficient: str = ""
    absent: str | None = ""

    @property
    def path(self) -> tuple[str, ...]:
        """Tables of a model file in which its prior stands, below ``priors``."""
        return tuple(self.key.split("."))
