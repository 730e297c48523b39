"""An option of a model that its engines, checks and messages ask about."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Option:
    """An option that a model uses.

    Parameters
    ----------
    where : str
        Its key in a model file.
    value : object
        What stands there.
    what : str
        What it brings into the model, as the start of a sentence with its verb:
        ``"autocorrelated residuals are"``.
    """

    where: str
    value: object
    what: str
