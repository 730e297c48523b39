"""Equations of a model as MathML, which browsers draw themselves.

`mathml` takes a line of `formulas` and returns HTML. Between the terms of a sum a line may end, so
that long equations need no scrolling (MathML Core, W3C, 2025, breaks no lines itself).
"""

from collections.abc import Iterable
from html import escape

from bayes_alliance.specification.equation import (
    SIGNS,
    Item,
    Leaf,
    Marked,
    Row,
    Symbols,
    equation,
)

TAGS = {"name": "mi", "number": "mn", "sign": "mo", "word": "mtext"}
SPACE = "<mtext>\u00a0</mtext>"


def mathml(formula: str) -> str:
    """Write an equation of `formulas` as HTML.

    Parameters
    ----------
    formula : str
        ``"levelᵢₖ = γ[level]ₖ + u[level]ᵢₖ"``; behind two blanks, what else there is to say.

    Returns
    -------
    str
        One ``math`` element for every term.
    """
    return "".join(
        _terms(piece) if isinstance(piece, Symbols) else escape(piece)
        for piece in equation(formula)
    )


def _terms(symbols: Symbols) -> str:
    """One element for every term of the sum on the right."""
    written = []
    for place, term in enumerate(symbols.terms):
        text = _all(term)
        # A sign that begins an element would else be that of a number.
        text = text.replace("<mo>+</mo>", '<mo form="infix">+</mo>', 1) if place else text
        written.append(f"<math>{text}</math>")
    return " ".join(written)


def _all(items: Iterable[Item]) -> str:
    return "".join(map(_item, items))


def _item(item: Item) -> str:
    match item:
        case Row(items):
            return f"<mrow>{_all(items)}</mrow>"
        case Marked():
            return _marked(item)
        case Leaf("space"):
            return SPACE
        case Leaf(kind, text):
            shown = SIGNS.get(text, text) if kind == "sign" else text
            return f"<{TAGS[kind]}>{escape(shown)}</{TAGS[kind]}>"


def _marked(item: Marked) -> str:
    base = _item(item.base)
    below, above = (_raised(items) for items in (item.below, item.above))
    if below and above:
        return f"<msubsup>{base}{below}{above}</msubsup>"
    return f"<msub>{base}{below}</msub>" if below else f"<msup>{base}{above}</msup>"


def _raised(items: tuple[Item, ...]) -> str:
    """One element of what stands above or below; a lone word or row is one already."""
    if not items:
        return ""
    first = items[0]
    whole = isinstance(first, Row) or (isinstance(first, Leaf) and first.kind == "word")
    return _item(first) if whole and len(items) == 1 else f"<mrow>{_all(items)}</mrow>"
