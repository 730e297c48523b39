"""What a likelihood family is, before any ratings are seen: a `Family` answers all who ask.

A family is one file of this folder, which holds one value, ``FAMILY``: its name, what it says in
words and in symbols, the quantities it brings along, and what it needs of a model and of ratings.
How its ratings are drawn and averaged is in `bayes_alliance.likelihoods`, its graph in
`bayes_alliance.pymc_model.likelihoods`, each in a file of the same name.
"""

from dataclasses import dataclass

from bayes_alliance.specification.quantity import Quantity


@dataclass(frozen=True, kw_only=True)
class Family:
    """A likelihood family.

    Parameters
    ----------
    name : str
        As in a model file.
    sentence : str
        What the model says about ratings.
    formulas : tuple of str
        Equations of the rating; ``{expected}`` stands for the sum of all that it is made of.
    legend : str
        What their symbols mean.
    points : str
        What a table of points says about them; empty: they are those of the rating.
    residual_of : str
        What the residual is of, at one occasion.
    without : str
        What correlations and shares of ratings leave out, where the observed scale has more
        scatter, or which scale they are on, where it has ends; empty: neither.
    residual_law : str
        Distribution of the residual, in symbols.
    no_autoregression : str
        Why residuals of different occasions cannot be related; empty: they can.
    own : tuple of Quantity
        Quantities that only this family has.
    needs_ends : str
        Why the scale must have ends; empty: it need not.
    whole_points : bool
        Whether ratings are points counted on their scale, which must be whole.
    items : bool
        Whether responses to single items are modelled instead of ratings.
    censors : bool
        Whether ratings at an end of the scale say "this much or more" (or less).
    latent : bool
        Whether a value that nobody saw stands behind every rating, which tells of it with scatter
        of its own.
    completion : tuple of str
        Named moments given which ratings are normal, beside those of every model.
    completes_occasions : bool
        Whether ratings of an occasion are not normal without what completes it.
    observed_differs : bool
        Whether expected ratings lie on a scale without ends, of which the observed scale differs.
    points_differ : bool
        Whether a point of that scale is no point of the rating.
    sampled : str
        What a methods paragraph adds to what is sampled.
    default : bool
        Whether it is the family of a model file that names none.
    """

    name: str
    sentence: str
    formulas: tuple[str, ...] = ("yᵢₜₖ = {expected}",)
    legend: str = ""
    points: str = ""
    residual_of: str = "ratings"
    without: str = ""
    residual_law: str = "Normal(0, S_residual)"
    no_autoregression: str = ""
    own: tuple[Quantity, ...] = ()
    needs_ends: str = ""
    whole_points: bool = False
    items: bool = False
    censors: bool = False
    latent: bool = False
    completion: tuple[str, ...] = ()
    completes_occasions: bool = False
    observed_differs: bool = False
    points_differ: bool = False
    sampled: str = ""
    default: bool = False

    @property
    def single(self) -> str:
        """What correlations and shares at one occasion are of."""
        return f"single ratings {self.without}".strip()

    @property
    def is_normal(self) -> bool:
        """Whether new ratings are normal, on a scale without ends."""
        return not (self.completes_occasions or self.latent)

    @property
    def completes_values(self) -> bool:
        """Whether what completes ratings says what they themselves would be."""
        return self.censors or self.latent
