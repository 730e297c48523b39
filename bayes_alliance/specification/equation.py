"""Equations of a model as a tree, which every kind of file writes in its own way.

`equation` takes a line of `formulas`, `explained` a line of their `legend`; both return symbols and
the text between them. What they know is how those lines are written: a raised or lowered letter
belongs to what stands before it, brackets behind a name say what it is of, and all else is a name,
a number or a sign.
"""

import re
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

LOWERED = dict(zip("ᵢⱼₖₗₘₙₚₜₐₑₒₓ₊₀₁₂₃₄₅₆₇₈₉′", "ijklmnptaeox+0123456789′", strict=True))
RAISED = dict(zip("²³", "23", strict=True))
MARKS = "".join((*LOWERED, *RAISED))
GREEK = "αβγηκλμνΣΦ"
SIGNS = {"~": "∼", "*": "∗"}
CONDITIONS = ("if", "else")
# Letters after the first may be digits; `y*` is the value behind y, `Student-t` one name.
TOKEN = re.compile(
    rf"""(?P<space>\s+) | (?P<number>\d+(?:\.\d+)?) | (?P<lowered>[{"".join(LOWERED)}]+)
    | (?P<raised>[{"".join(RAISED)}]+)
    | (?P<name>[^\W\d{MARKS}](?:[^\W{MARKS}]|-(?=[^\W\d{MARKS}]))*(?:\*(?=[{"".join(LOWERED)}]))?)
    | (?P<sign>.)""",
    re.VERBOSE,
)
OF_LEVEL = re.compile(r"S_(\w+)")  # a covariance matrix
SYMBOL = re.compile(rf"[({{]?(?:\w*[{MARKS}{GREEK}].*|S_\w+|[^\W\d_a]\*?)[,;:)]*")

type Tokens = deque[tuple[str, str]]  # kinds and texts, of which those that are read are gone
type Item = "Leaf | Row | Marked"
type Piece = "Symbols | str"


@dataclass(frozen=True)
class Leaf:
    """A name, a number, a sign, a word, or a blank (without text)."""

    kind: Literal["name", "number", "sign", "word", "space"]
    text: str = ""


@dataclass(frozen=True)
class Row:
    """Items that belong together."""

    items: tuple[Item, ...]


@dataclass(frozen=True)
class Marked:
    """An item with what stands below and above it; nothing there if empty."""

    base: Item
    below: tuple[Item, ...] = ()
    above: tuple[Item, ...] = ()


@dataclass(frozen=True)
class Symbols:
    """What is set as mathematics.

    Parameters
    ----------
    terms : tuple of tuple of Item
        Those of the sum on the right, the first with all before it, others with their plus sign.
    """

    terms: tuple[tuple[Item, ...], ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Items of all terms."""
        return tuple(item for term in self.terms for item in term)


def equation(formula: str) -> list[Piece]:
    """Read an equation.

    Parameters
    ----------
    formula : str
        ``"levelᵢₖ = γ[level]ₖ + u[level]ᵢₖ"``; behind two blanks, what else there is to say.

    Returns
    -------
    list of Symbols or str
        In the order in which they are printed.
    """
    pieces: list[Piece] = []
    for part in formula.split(",  "):
        head, colon, said = part.partition(": ")
        pieces += [", "] if pieces else []
        pieces.append(symbols(head))
        if colon:
            pieces += [colon, *_words(said, re.compile(rf".*[{''.join(LOWERED)}].*"))]
    return pieces


def explained(text: str) -> list[Piece]:
    """Read what symbols mean, of which words and symbols stand side by side.

    Parameters
    ----------
    text : str
        ``"uᵢ holds all informants; h: half the smallest step of a rating"``.

    Returns
    -------
    list of Symbols or str
        In the order in which they are printed.
    """
    return _words(text, SYMBOL)


def symbols(text: str) -> Symbols:
    """Read what is all symbols, ``"γ[level]ₖ + u[level]ᵢₖ"``."""
    items = _row(_tokens(text))
    ends = [place for place, item in enumerate(items) if item == Leaf("sign", "+")]
    terms = (tuple(items[a:b]) for a, b in pairwise([0, *ends, len(items)]))
    return Symbols(tuple(term for term in terms if term))


def _words(text: str, symbol: re.Pattern[str]) -> list[Piece]:
    """Words, of which some are symbols."""
    pieces: list[Piece] = []
    for place, word in enumerate(text.split(" ")):
        pieces += [" "] if place else []
        bare = word.rstrip(",;:.")
        if bare and symbol.fullmatch(bare):
            pieces += [symbols(bare), word[len(bare) :]]
        else:
            pieces.append(word)
    joined: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and joined and isinstance(joined[-1], str):
            joined[-1] += piece
        elif piece != "":
            joined.append(piece)
    return joined


def _tokens(text: str) -> Tokens:
    return deque((str(one.lastgroup), one[0]) for one in TOKEN.finditer(text))


def _row(tokens: Tokens, end: str = "") -> list[Item]:
    """Read items up to a closing sign, which is read too, or to the last token."""
    items: list[Item] = []
    apart = False
    while tokens:
        kind, text = tokens.popleft()
        if kind == "sign" and text == end:
            break
        if kind == "space":
            apart = True
            continue
        if text == "^" and items:
            items.append(Marked(items.pop(), above=(_exponent(tokens),)))
        elif kind == "sign" and text not in "(Σ":
            items.append(_sign(text))
        else:
            if apart and items and not _is_sign(items[-1]):
                items.append(Leaf("space"))
            items.append(_marked(_base(kind, text, tokens), tokens))
        apart = False
    return items


def _base(kind: str, text: str, tokens: Tokens) -> Item:
    """What marks may follow: a name, a number, or what stands in parentheses."""
    matrix = OF_LEVEL.fullmatch(text)
    if text == "(":
        return Row((_sign("("), *_row(tokens, ")"), _sign(")")))
    if text in CONDITIONS:
        return Leaf("word", text)
    if matrix:
        return Marked(Leaf("name", "S"), below=(Leaf("word", matrix[1]),))
    if kind == "number":
        return Leaf("number", text)
    if kind == "name":
        return Leaf("name", text)
    return _sign(text) if kind == "sign" else Row(_letters(text))


def _marked(base: Item, tokens: Tokens) -> Item:
    """Read the marks of what stands before them: of what it is, indices, powers."""
    below: tuple[Item, ...] = ()
    above: tuple[Item, ...] = ()
    while tokens and (tokens[0][0] in ("lowered", "raised") or tokens[0][1] == "["):
        kind, text = tokens.popleft()
        if kind == "lowered":
            below += _letters(text)
        elif kind == "raised":
            above += _letters(text)
        else:
            above += (_sign("("), *_row(tokens, "]"), _sign(")"))
    return Marked(base, below, above) if below or above else base


def _exponent(tokens: Tokens) -> Item:
    while tokens and tokens[0][0] == "space":
        tokens.popleft()
    if tokens and tokens[0][1] == "|":
        tokens.popleft()
        return Row((_sign("|"), *_row(tokens, "|"), _sign("|")))
    return _marked(_base(*tokens.popleft(), tokens), tokens) if tokens else Row(())


def _letters(marks: str) -> tuple[Item, ...]:
    """Letters, digits and signs that were raised or lowered."""
    return tuple(map(_letter, marks))


def _letter(mark: str) -> Leaf:
    plain = (LOWERED | RAISED)[mark]
    if plain.isalpha():
        return Leaf("name", plain)
    return Leaf("number", plain) if plain.isdigit() else _sign(plain)


def _sign(text: str) -> Leaf:
    return Leaf("sign", text)


def _is_sign(item: Item) -> bool:
    return isinstance(item, Leaf) and item.kind == "sign"
