"""The sections of the report of planned studies: which sizes reach what, and how exactly."""

import math

import pandas as pd

from bayes_alliance.ratings.words import Words
from bayes_alliance.reporting import plots
from bayes_alliance.reporting.document.contents import Figure, Section, Table, drawing_of
from bayes_alliance.reporting.document.model_section import with_model
from bayes_alliance.studies.assurance import Assurance
from bayes_alliance.studies.assurance.size import SIZE, varying
from bayes_alliance.studies.names import readable

PERCENT = (
    *("assurance", "lower", "upper", "true", "false_support", "coverage", "approximate"),
    *("exact", "other", "difference", "assurance_without", "false_support_without"),
    "coverage_without",
)


def assurance_sections(result: Assurance) -> tuple[Section, ...]:
    """Compose the sections of planned studies."""
    plan = result.plan
    said = result.sentences
    names, n = result.table["conclusion"].unique().tolist(), len(result.of_conclusions)
    caption = (
        "Percent of simulated studies that reach each conclusion, with 95% intervals for their "
        "number; how often it is true; how often it is reached and not true; median width and "
        "coverage of the 95% interval of what it is about; percent of approximate fits; average "
        "number of ratings; cost."
    )
    parts = [
        Section(
            key="conclusions",
            title="How many families?",
            lead=said[0],
            points=said[1:n],
            figures=tuple(
                one for at, name in enumerate(names) for one in _figures(result, name, at)
            ),
            tables=(_table("assurance", caption, result.table),),
        )
    ]
    rest = said[n:]
    caption = "The same studies by the approximation and in full."
    parts.append(
        Section(
            key="error",
            title="How exact is this?",
            lead=rest[0],
            points=() if len(result.price) else rest[1:],
            tables=(_table("error", caption, result.error),) if len(result.error) else (),
        )
    )
    if len(result.price):
        caption = "The same studies with and without therapists in the model."
        parts.append(
            Section(
                key="therapists",
                title="What does it cost to ignore therapists?",
                lead=rest[1],
                points=rest[2:],
                tables=(_table("without_therapists", caption, result.price),),
            )
        )
    parts.append(
        with_model(
            Section(
                key="design",
                title="The design",
                lead=f"{len(plan.sizes)} designs, {plan.simulation.fits} simulated studies each. "
                f"The model: {plan.spec.title} ({plan.spec.name}).",
            ),
            plan.spec,
            Words(),
        )
    )
    return tuple(parts)


def _figures(result: Assurance, name: str, at: int) -> list[Figure]:
    """Figures of a conclusion: by size, where two sizes vary, and curves."""
    figures, said = [], readable(name, Words())
    own, budget = result.table[result.table["conclusion"] == name], result.plan.costs.budget
    several = {size: len(set(own[size])) > 1 for size in ("families", "therapists")}
    if all(several.values()):
        drawn = plots.assurance_by_size(result, name)[0].get_figure(root=True)
        caption = f"Percent of studies that reach “{said}”; framed: the target is reached."
        if budget is not None:
            caption += (
                f" The broken line parts designs that cost at most {budget:,.0f}, the budget, from "
                "those that cost more."
            )
        figures.append(_figure(f"by_size_{at + 1}", caption, own, drawn))
    if several["families"]:
        drawn = plots.assurance_curves(result, name)[0].get_figure(root=True)
        caption = f"Studies that reach “{said}”, with 95% intervals; the line is the target."
        if budget is not None:
            caption += f" Hollow: the design costs more than {budget:,.0f}, the budget."
        figures.append(_figure(f"curves_{at + 1}", caption, own, drawn))
    return figures


def _figure(name: str, caption: str, own: pd.DataFrame, drawn: object) -> Figure:
    low, high = own["assurance"].min(), own["assurance"].max()
    alt = f"{caption} They are from {100 * low:.0f} to {100 * high:.0f}%."
    return Figure(name=name, caption=caption, alt=alt, drawing=drawing_of(drawn))


def _table(name: str, caption: str, data: pd.DataFrame) -> Table:
    shown = pd.DataFrame(
        {column: [_cell(str(column), value) for value in data[column]] for column in data}
    )
    first = ["conclusion", *SIZE, *varying(shown.columns)]
    order = [*first, *(column for column in shown if column not in first)]
    return Table(name=name, caption=caption, data=data, shown=shown[order])


def _cell(column: str, value: object) -> str:
    """A number as a reader reads it: shares in percent, what there is none of as nothing."""
    if isinstance(value, str):
        return value
    number = float(str(value))
    if math.isnan(number):
        return ""
    if column in ("missing", "leaving"):
        return f"{100 * number:g}"  # as it was stated
    if column in PERCENT:
        return f"{100 * number:.0f}"
    return f"{number:,.0f}" if number == int(number) or number >= 100 else f"{number:.3g}"
