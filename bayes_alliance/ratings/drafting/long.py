"""Long files, a row for each rating: which column holds it, and who the informants are."""

from bayes_alliance.ratings.drafting.columns import Column
from bayes_alliance.ratings.drafting.evidence import best
from bayes_alliance.ratings.drafting.measures import Informants, Measure, can_be_rated
from bayes_alliance.ratings.drafting.part import Line, Part, listed
from bayes_alliance.ratings.drafting.roles import Found, Roles
from bayes_alliance.ratings.drafting.words import PERSONS

SHORT = 2  # letters: too few to say who that is


def rating_of(roles: Roles) -> Found | None:
    """The column of the ratings; None if no column of numbers changes within a child."""
    children = roles.known.children
    among = tuple(
        one for one in roles.others if can_be_rated(one) and one.constant_within(children) < 1.0
    )
    return best("rating", roles.known, among)


def of_values(column: Column, rating: Column) -> Informants:
    """Informants of a long file: the values of a column, or their labels."""
    measures, lines, unclear = {}, [], []
    values = column.values
    for value in values:
        written = column.labels.get(value, value)
        mine = column.text == value
        label = _label(written)
        # Two values of one person, such as mother and Mutter, keep what is written.
        label = written if label in measures else label
        if len(written) <= SHORT:
            unclear.append(written)
        part = Column(
            name=rating.name,
            written=rating.written[mine],
            text=rating.text[mine],
            numbers=rating.numbers[mine],
            kind=rating.kind,
            label=rating.label,
            labels=rating.labels,
        )
        measures[label] = Measure(name=written, columns=(part,), words=(), value=value)
        n_ratings = f"{len(measures[label].ratings):,} ratings"
        lines.append(Line(table="informants", key=label, value=written, why=n_ratings))
    decide = (
        f"[informants]: {column.name} is {listed(unclear)}: say who that is, on the left.",
    ) * bool(unclear)
    seen = (f"{column.name} says who rated (a row per rating).",)
    return Informants(measures=measures, part=Part(lines=tuple(lines), decide=decide, seen=seen))


def _label(written: str) -> str:
    word = written.casefold()
    return word if word in PERSONS else written
