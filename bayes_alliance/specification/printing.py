"""A specification as it is shown: in one line, in a terminal, in a notebook.

The structure in words, the model in symbols, every prior with what it expects and its reason, and
the references. Priors are shown in units of the scale, because a specification knows no ratings.
"""

import textwrap
from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from bayes_alliance.levels import LEVELS
from bayes_alliance.specification.catalogue import references
from bayes_alliance.specification.formulas import formulas, legend
from bayes_alliance.specification.mathml import mathml
from bayes_alliance.specification.phrases import at_numbers, capitalised
from bayes_alliance.specification.priors import Prior, stated
from bayes_alliance.specification.sentences import sentences
from bayes_alliance.specification.trajectories import in_words

if TYPE_CHECKING:
    from bayes_alliance.specification.spec import ModelSpec

WIDTH = 100
UNITS = (
    "In units of the scale: its center is 0 and its spread, half its range, is 1. For a 12–48 "
    "scale the center is 30 and the spread 18 points."
)


def short(spec: "ModelSpec") -> str:
    """Describe a specification in one line."""
    return f"ModelSpec({spec.name}: {brief(spec)})"


def brief(spec: "ModelSpec") -> str:
    """Say in a few words what makes a specification.

    Returns
    -------
    str
        ``"linear; child level + slope, correlated; therapist level, correlated; residual
        correlated"``.
    """
    parts: list[str] = [spec.trajectory.shape.replace("_", " ")]
    for level in LEVELS:
        effects = getattr(spec, level)
        if effects is not None:
            terms = " + ".join(map(in_words, effects.terms))
            parts.append(f"{level} {terms}, {effects.structure.replace('_', ' ')}")
    parts.append(f"residual {spec.residual.brief}")
    if not spec.family.default:
        parts.append(f"ratings {spec.family.name.replace('_', ' ')}")
    if spec.informants:
        parts.append(f"informants {', '.join(spec.informants)}")
    if spec.covariates:
        parts.append(f"covariates {', '.join(term.name for term in spec.covariates)}")
    if spec.leaving is not None:
        parts.append(f"leaving by {spec.leaving.brief}")
    return " ".join("; ".join(parts).split())


def long(spec: "ModelSpec") -> str:
    """Describe a specification in words and symbols, for a plain terminal.

    Returns
    -------
    str
        Lines of at most 100 columns.
    """
    lines = [*_wrapped(f"{spec.name}: {spec.title} ({spec.status})", hanging=2), ""]
    lines += _wrapped(" ".join(spec.about.split()))
    lines += ["", "In words"]
    for heading, said in sentences(spec).items():
        lines += _wrapped(f"{heading + '.':<12}{said}", indent=2, hanging=14)
    lines += ["", "In symbols"]
    for formula in formulas(spec):
        lines += _wrapped(formula, indent=4, hanging=8)
    lines += _wrapped(legend(spec), indent=2)
    return "\n".join([*lines, "", priors_and_references(spec)])


def priors_and_references(spec: "ModelSpec") -> str:
    """State every prior with its reason, and the references, for a plain terminal.

    Returns
    -------
    str
        Lines of at most 100 columns.
    """
    lines = ["Priors", *_wrapped(_units(spec), indent=2)]
    for key, quantity in spec.quantities.items():
        prior = spec.priors[key]
        expects = prior.words(quantity)
        head = f"{key} ~ {stated(quantity, prior)}{f':  {expects}' if expects else ''}"
        lines += ["", *_wrapped(head, indent=2, hanging=6)]
        lines += _wrapped(_sentence(quantity.meaning), indent=6)
        lines += _wrapped(_reason(prior), indent=6)
    if spec.citations:
        lines += ["", "References"]
        for reference in _references(spec):
            lines += _wrapped(reference, indent=2, hanging=4)
    return "\n".join(lines)


def html(spec: "ModelSpec") -> str:
    """Describe a specification in words and symbols, for a notebook.

    Returns
    -------
    str
        HTML without a head.
    """
    words = "".join(
        f"<li><b>{escape(heading)}.</b> {escape(said)}</li>"
        for heading, said in sentences(spec).items()
    )
    rows = "".join(
        "<tr>"
        + _cells((quantity.key, stated(quantity, prior), prior.words(quantity)))
        + _cells((quantity.meaning, at_numbers(prior.reason)))
        + "</tr>"
        for quantity, prior in ((one, spec.priors[key]) for key, one in spec.quantities.items())
    )
    cited = "".join(f"<li>{escape(reference)}</li>" for reference in _references(spec))
    return (
        f"<h4>{escape(spec.name)}: {escape(spec.title)} ({escape(spec.status)})</h4>"
        f"<p>{escape(spec.about)}</p><ul>{words}</ul>"
        f"{''.join(f'<p>{mathml(one)}</p>' for one in formulas(spec))}<p>{escape(legend(spec))}</p>"
        f"<p>{escape(_units(spec))}</p><table><thead><tr><th>quantity</th><th>prior</th><th>expects</th>"
        f"<th>what it is</th><th>reason</th></tr></thead><tbody>{rows}</tbody></table>"
        + (f"<p>References</p><ul>{cited}</ul>" if cited else "")
    )


def _units(spec: "ModelSpec") -> str:
    without = [
        key
        for key, quantity in spec.quantities.items()
        if quantity.unit == "none" and quantity.kind != "correlation"
    ]
    return f"{UNITS} These have no unit: {', '.join(without)}." if without else UNITS


def _cells(texts: Iterable[str]) -> str:
    return "".join(f"<td>{escape(text)}</td>" for text in texts)


def _reason(prior: Prior) -> str:
    return f"Reason: {at_numbers(prior.reason)}"


def _sentence(text: str) -> str:
    return f"{capitalised(text)}."


def _references(spec: "ModelSpec") -> list[str]:
    known = references()
    return [known.get(key, key) for key in spec.citations]


def _wrapped(text: str, *, indent: int = 0, hanging: int | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hanging is None else hanging),
        break_on_hyphens=False,
    )
