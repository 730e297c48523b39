"""The design file: the studies that could be made, and what they are to show.

A `Plan` is read from a small TOML file (`read`) or a dictionary of the same shape, checked at once,
and never changes. It names the model, where the truth comes from, the sizes a study may have (the
product of its lists), how ratings go missing, what is to be concluded, and what a study costs.
"""

from collections.abc import Mapping
from dataclasses import dataclass as value
from itertools import product
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from bayes_alliance.errors import InputError
from bayes_alliance.errors.files import text_of, toml_of
from bayes_alliance.ratings.study.entries import STRICT, Name, Text
from bayes_alliance.ratings.study.problems import problems_of, without_unknown_keys
from bayes_alliance.ratings.study.scales import ScaleTable, scale_tag
from bayes_alliance.ratings.variables import Scale
from bayes_alliance.specification import ModelSpec, without
from bayes_alliance.studies.assurance.contradictions import contradictions, model_of
from bayes_alliance.studies.assurance.tables import (
    Costs,
    Fits,
    LeavingTable,
    Positive,
    Share,
    Times,
    TrueValues,
    Whole,
)
from bayes_alliance.studies.conclusions import Conclusion


def as_list(entry: object) -> object:
    """Take one number for a list of one."""
    return entry if isinstance(entry, list | tuple) else [entry]


def share_tag(entry: object) -> str:
    """Tell one share of all informants from a table of shares, one per informant."""
    return "own" if isinstance(entry, Mapping) else "common"


type Counts = Annotated[tuple[Whole, ...], BeforeValidator(as_list)]


@value(frozen=True, kw_only=True)
class Size:
    """The size of a study.

    Parameters
    ----------
    occasions : int
        Of each family.
    """

    families: int
    therapists: int
    occasions: int

    @property
    def words(self) -> str:
        """As it stands in a sentence."""
        occasions = f"{self.occasions} occasion{'' if self.occasions == 1 else 's'}"
        of = f" of {self.therapists} therapist{'' if self.therapists == 1 else 's'}"
        return f"{self.families} families{of if self.therapists else ''}, rated at {occasions}"


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Plan:
    """Studies that could be made, and what they are to show.

    Parameters
    ----------
    model : str
        A shipped model, a file of your own, or its text.
    without : tuple of str
        Levels that are left out of it: ``"therapist"``.
    informants : tuple of str
        In the order shown.
    conclusions : tuple of str
        As `Conclusion.parse` reads them.
    widths : dict of str to float
        Quantity to the width its 95% interval should not exceed.
    families, therapists, occasions : tuple of int
        The designs are their product, without those that have more therapists than families.
    missing : float or dict of str to float
        Share of the ratings that are missing, of all informants or by informant.
    ignore_therapists : bool
        Also fit every study without therapists, and say what that costs.
    """

    informants: tuple[Name, ...]
    families: Counts
    scale: Annotated[
        Annotated[ScaleTable, Tag("common")] | Annotated[dict[str, ScaleTable], Tag("own")],
        Discriminator(scale_tag),
    ]
    truth: TrueValues
    time: Times
    title: Text = ""
    model: Annotated[str, Field(min_length=1)] = "informant_growth"
    without: tuple[Name, ...] = ()
    conclusions: tuple[Text, ...] = ()
    widths: dict[Name, Positive] = Field(default_factory=dict)
    therapists: Counts = (0,)
    occasions: Counts = (4,)
    clinics: Whole = 0
    missing: Annotated[
        Annotated[Share, Tag("common")] | Annotated[dict[Name, Share], Tag("own")],
        Discriminator(share_tag),
    ] = 0.0
    leaving: LeavingTable | None = None
    costs: Costs = Costs()
    simulation: Fits = Fits()
    ignore_therapists: Annotated[bool, Field(strict=True)] = False

    def __post_init__(self) -> None:
        if problems := contradictions(self):
            raise InputError(problems, "design file")

    @property
    def spec(self) -> ModelSpec:
        """The model that is fitted, and that makes the ratings unless a fit does."""
        return without(model_of(self.model), *self.without)

    @property
    def sizes(self) -> tuple[Size, ...]:
        """All designs, smallest first."""
        listed = product(*(sorted(set(own)) for own in self._lists()))
        return tuple(
            Size(families=families, therapists=therapists, occasions=occasions)
            for families, therapists, occasions in listed
            if therapists <= families
        )

    def _lists(self) -> tuple[tuple[int, ...], ...]:
        return self.families, self.therapists, self.occasions

    @property
    def stated(self) -> tuple[Conclusion, ...]:
        """What is to be concluded."""
        return tuple(Conclusion.parse(text) for text in self.conclusions)

    @property
    def scales(self) -> dict[str, Scale]:
        """Scale of each informant."""
        if isinstance(self.scale, ScaleTable):
            return dict.fromkeys(self.informants, self.scale.scale())
        return {k: self.scale[k].scale() for k in self.informants}

    @property
    def missing_shares(self) -> dict[str, float]:
        """Share of missing ratings of each informant."""
        given = self.missing
        if isinstance(given, dict):
            return {k: given.get(k, 0.0) for k in self.informants}
        return dict.fromkeys(self.informants, given)


TABLES: Mapping[str, type] = {
    "": Plan,
    "scale": ScaleTable,
    "truth": TrueValues,
    "time": Times,
    "leaving": LeavingTable,
    "costs": Costs,
    "simulation": Fits,
}


def from_dict(table: Mapping[str, Any], *, title: str = "design file") -> Plan:
    """Check a dictionary shaped like the design file.

    Raises
    ------
    InputError
        With every problem.
    """
    adapter = TypeAdapter(Plan)
    try:
        return adapter.validate_python(dict(table))
    except ValidationError as error:
        problems = problems_of(error, TABLES)
        known = without_unknown_keys(error, table)
    # What is wrong between tables shows only when each of them can be read.
    if known is not None:
        try:
            adapter.validate_python(known)
        except ValidationError as error:
            problems += problems_of(error, TABLES)
    raise InputError(problems, title)


def from_file(path: Path) -> dict[str, Any]:
    """Read a design file; files that it names lie beside it.

    Returns
    -------
    dict
        With the text of a model file in its place: studies are done where there is no such file.

    Raises
    ------
    InputError
        If there is no such file, or it is no TOML.
    """
    table = toml_of(text_of(path, what="design file"), title=path.name)
    model, truth = table.get("model"), table.get("truth")
    if isinstance(model, str) and model.endswith(".toml"):
        table["model"] = text_of(path.parent / model, what="model file")
    if isinstance(truth, dict) and isinstance(truth.get("fit"), str):
        table["truth"] = truth | {"fit": str(path.parent / truth["fit"])}
    return table
