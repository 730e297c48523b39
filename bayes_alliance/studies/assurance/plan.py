"""The design file: the studies that could be made, and what they are to show.

A `Plan` is read from a small TOML file (`read`) or a dictionary of the same shape, checked at once,
and never changes. It names the model, where the truth comes from, the sizes a study may have (the
product of its lists), how ratings go missing, what is to be concluded, and what a study costs.
`examined` reads as much of a file as can be read, and says everything that is wrong with it.
"""

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.dataclasses import dataclass

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.errors.files import text_of, toml_of
from bayes_alliance.ratings.study.entries import STRICT, Name, Text
from bayes_alliance.ratings.study.problems import problems_of
from bayes_alliance.ratings.study.scales import ScaleTable, scale_tag
from bayes_alliance.ratings.variables import Scale
from bayes_alliance.specification import ModelSpec, without
from bayes_alliance.studies.assurance.contradictions import contradictions, model_of
from bayes_alliance.studies.assurance.mending import mended
from bayes_alliance.studies.assurance.size import Size
from bayes_alliance.studies.assurance.tables import (
    Costs,
    Counts,
    Fits,
    LeavingTable,
    PlannedScale,
    Positive,
    Share,
    Shares,
    Times,
    TrueValues,
    Whole,
)
from bayes_alliance.studies.conclusions import Conclusion, parsed


def share_tag(entry: object) -> str:
    """Tell one share of all informants from a table of shares, one per informant."""
    return "own" if isinstance(entry, Mapping) else "common"


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
        The designs are their product, without those that have more therapists than families; and
        that with several shares missing, several hazards of leaving and several ends of the scale.
    missing : tuple of float or dict of str to float
        Share of the ratings that are missing, of all informants or by informant.
    ignore_therapists : bool
        Also fit every study without therapists, and say what that costs.
    """

    informants: tuple[Name, ...]
    families: Counts
    scale: Annotated[
        Annotated[PlannedScale, Tag("common")] | Annotated[dict[str, ScaleTable], Tag("own")],
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
        Annotated[Shares, Tag("common")] | Annotated[dict[Name, Share], Tag("own")],
        Discriminator(share_tag),
    ] = (0.0,)
    leaving: LeavingTable | None = None
    costs: Costs = Costs()
    simulation: Fits = Fits()
    ignore_therapists: Annotated[bool, Field(strict=True)] = False

    @model_validator(mode="after")
    def _consistent(self, info: ValidationInfo) -> Self:
        asked = info.context != AS_FAR_AS_IT_GOES
        if asked and (problems := contradictions(self)):
            raise InputError(problems, "design file")
        return self

    @property
    def spec(self) -> ModelSpec:
        """The model that is fitted, and that makes the ratings unless a fit does."""
        return without(model_of(self.model), *self.without)

    @property
    def sizes(self) -> tuple[Size, ...]:
        """All designs, smallest first."""
        several = {
            "missing": () if isinstance(self.missing, dict) else self.missing,
            "leaving": () if self.leaving is None else self.leaving.hazard,
            "ceiling": self.scale.upper if isinstance(self.scale, PlannedScale) else (),
        }
        lists: dict[str, tuple[Any, ...]] = {
            "families": self.families,
            "therapists": self.therapists,
            "occasions": self.occasions,
            # One circumstance is that of all designs, and no part of what tells them apart.
            **{name: own for name, own in several.items() if len(set(own)) > 1},
        }
        listed = product(*(sorted(set(own)) for own in lists.values()))
        sizes = (Size(**dict(zip(lists, one, strict=True))) for one in listed)
        return tuple(size for size in sizes if size.therapists <= size.families)

    @property
    def stated(self) -> tuple[Conclusion, ...]:
        """What is to be concluded."""
        return parsed(self.conclusions)[0]

    @property
    def statements(self) -> tuple[Conclusion, ...]:
        """Conclusions, and quantities with a width that is wanted, in the same form."""
        wanted = (Conclusion(name=name, quantity=name, above=0.0) for name in self.widths)
        return (*self.stated, *wanted)

    @property
    def scales(self) -> dict[str, Scale]:
        """Scale of each informant; of several, the longest, of which true values are drawn."""
        if isinstance(self.scale, PlannedScale):
            return dict.fromkeys(self.informants, self.scale.longest)
        return {k: self.scale[k].scale() for k in self.informants}

    def scales_of(self, size: Size) -> dict[str, Scale]:
        """Scale of each informant in a design."""
        if size.ceiling is None or not isinstance(self.scale, PlannedScale):
            return self.scales
        return dict.fromkeys(self.informants, self.scale.up_to(size.ceiling))

    def missing_shares(self, size: Size) -> dict[str, float]:
        """Share of missing ratings of each informant in a design."""
        given = self.missing
        if isinstance(given, dict):
            return {k: given.get(k, 0.0) for k in self.informants}
        return dict.fromkeys(self.informants, given[0] if size.missing is None else size.missing)

    def hazard(self, size: Size) -> float:
        """Share of the families in treatment that leave after each occasion in a design."""
        if self.leaving is None:
            return 0.0
        return self.leaving.hazard[0] if size.leaving is None else size.leaving


# Of a reader of `Plan`: what is wrong between tables is not its business.
AS_FAR_AS_IT_GOES = {"contradictions": False}

TABLES: Mapping[str, type] = {
    "": Plan,
    "scale": PlannedScale,
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
    plan, problems, _ = examined(table)
    if problems:
        raise InputError(problems, title)
    return plan


def examined(table: Mapping[str, Any]) -> tuple[Plan, list[Problem], frozenset[str]]:
    """Read as much of a design file as can be read.

    Returns
    -------
    plan : Plan
        With something that can be read in the place of what cannot.
    problems : list of Problem
        Everything that is wrong with each entry and between them.
    unread : frozenset of str
        Keys and tables of which something could not be read: nothing is to be said of what stands
        in their place.
    """
    adapter = TypeAdapter(Plan)
    problems: list[Problem] = []
    unread: frozenset[str] = frozenset()
    known = dict(table)
    while True:
        try:
            plan = adapter.validate_python(known, context=AS_FAR_AS_IT_GOES)
            break
        except ValidationError as error:
            # What stands in the place of something is as it is; what was hidden behind an unknown
            # key shows once that is gone.
            problems += problems_of(error, TABLES, but_for=unread)
            known, more = mended(known, error)
            unread |= more
    return plan, problems + contradictions(plan, unread), unread


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
        try:
            table["model"] = text_of(path.parent / model, what="model file")
        except InputError:
            table["model"] = str(path.parent / model)  # said with all that is wrong
    if isinstance(truth, dict) and isinstance(truth.get("fit"), str):
        table["truth"] = truth | {"fit": str(path.parent / truth["fit"])}
    return table
