"""Equations of a model in the mathematics of LaTeX, which Markdown and Quarto read, too.

Greek letters and signs have their commands; names of more than one letter are upright.
"""

from collections.abc import Iterable, Sequence

from bayes_alliance.reporting.escaping import latex
from bayes_alliance.specification.equation import Item, Leaf, Marked, Row, Symbols

LETTERS = {
    **{"α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "η": r"\eta", "κ": r"\kappa", "ν": r"\nu"},
    **{"λ": r"\lambda", "μ": r"\mu", "Σ": r"\sum", "Φ": r"\Phi"},
}
SIGNS = {
    **{"~": r"\sim", "∼": r"\sim", "·": r"\cdot", "≥": r"\ge", "≤": r"\le", "−": "-"},
    **{"*": "^{*}", "′": "'"},
}
RELATIONS = ("=", "~")
MOST = 68  # letters of a line, marks half as wide


def inline(symbols: Symbols) -> str:
    """Write symbols within a line, without what begins and ends mathematics."""
    return _all(symbols.items).rstrip()


def displayed(equations: Sequence[Symbols]) -> str:
    """Write equations below each other, aligned at their relations.

    Returns
    -------
    str
        Lines of an environment such as ``aligned`` or ``align*``.
    """
    return " \\\\\n".join(map(_lines, equations))


def _lines(equation: Symbols) -> str:
    """One equation; where it is long, lines end before a plus sign."""
    first, *others = equation.terms
    place = next((k for k, item in enumerate(first) if _is_relation(item)), 0)
    head, tail = _all(first[:place]), _all(first[place:])
    written = f"{head} & {tail}"
    widths = [_width(term) for term in equation.terms]
    width = widths[0]
    for term, own in zip(others, widths[1:], strict=True):
        is_full = width + own > MOST
        width = own if is_full else width + own
        written += f" \\\\\n& \\quad {_all(term)}" if is_full else _all(term)
    return written


def _is_relation(item: Item) -> bool:
    return isinstance(item, Leaf) and item.kind == "sign" and item.text in RELATIONS


def _width(items: Iterable[Item]) -> float:
    """Letters that items are as wide as."""
    width = 0.0
    for item in items:
        match item:
            case Leaf("sign", _) | Leaf("space", _):
                width += 2.0
            case Leaf(_, text):
                width += len(text)
            case Row(inner):
                width += _width(inner)
            case Marked(base, below, above):
                width += _width([base]) + 0.6 * max(_width(below), _width(above))
    return width


def _all(items: Iterable[Item]) -> str:
    return "".join(map(_item, items))


def _item(item: Item) -> str:
    match item:
        case Row(items):
            return f"{{{_all(items)}}}"
        case Marked(base, below, above):
            lower = f"_{{{_all(below)}}}" if below else ""
            upper = f"^{{{_all(above)}}}" if above else ""
            return f"{_item(base).rstrip()}{lower}{upper}"
        case Leaf(kind, text):
            return _leaf(kind, text)


def _leaf(kind: str, text: str) -> str:
    match kind:
        case "space":
            return r"\ "
        case "word":
            return rf"\text{{{latex(text)}}}"
        case "name":
            return _name(text)
    if text in SIGNS:
        return f"{SIGNS[text]} " if SIGNS[text][0] == "\\" else SIGNS[text]
    return (
        text
        if text.isascii() and latex(text) in (text, f"${text}$")
        else rf"\text{{{latex(text)}}}"
    )


def _name(text: str) -> str:
    if text in LETTERS:
        return f"{LETTERS[text]} "
    if len(text) == 1:
        return text if text.isascii() else rf"\text{{{latex(text)}}}"
    if text.endswith("*"):
        return f"{{{_name(text[:-1])}^{{*}}}}"
    return (
        rf"\mathrm{{{text}}}" if text.isascii() and text.isalpha() else rf"\text{{{latex(text)}}}"
    )
