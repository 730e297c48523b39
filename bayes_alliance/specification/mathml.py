"""Equations of a model as MathML, which browsers draw themselves.

`mathml` takes a line of `formulas` and returns HTML. What it knows is how those lines are written:
a raised or lowered letter belongs to what stands before it, brackets behind a name say what it is
of, and all else is a name, a number or a sign. Between the terms of a sum a line may end, so that
long equations need no scrolling (MathML Core, W3C, 2025, breaks no lines itself).
"""

import re
from collections import deque
from html import escape
from itertools import pairwise

LOWERED = dict(zip("ᵢⱼₖₗₘₙₚₜₐₑₒₓ₊₀₁₂₃₄₅₆₇₈₉′", "ijklmnptaeox+0123456789′", strict=True))
RAISED = dict(zip("²³", "23", strict=True))
MARKS = "".join((*LOWERED, *RAISED))
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
SPACE = "<mtext>\u00a0</mtext>"

type Tokens = deque[tuple[str, str]]  # kinds and texts, of which those that are read are gone


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
    parts = []
    for part in formula.split(",  "):
        head, colon, said = part.partition(": ")
        parts.append(f"{_terms(head)}{colon}{' '.join(map(_word, said.split(' ')))}")
    return ", ".join(parts)


def _word(text: str) -> str:
    """A word of what is said of a symbol, which may be a symbol itself."""
    return _terms(text) if set(text) & set(LOWERED) else escape(text)


def _terms(text: str) -> str:
    """One element for every term of the sum on the right."""
    items = _row(_tokens(text))
    ends = [place for place, item in enumerate(items) if item == _sign("+")]
    terms = [items[start:end] for start, end in pairwise([0, *ends, len(items)])]
    # A sign that begins an element would else be that of a number.
    infix = _sign("+").replace("<mo>", '<mo form="infix">')
    return " ".join(
        f"<math>{''.join(term).replace(_sign('+'), infix, 1 if place else 0)}</math>"
        for place, term in enumerate(terms)
        if term
    )


def _tokens(text: str) -> Tokens:
    return deque((str(one.lastgroup), one[0]) for one in TOKEN.finditer(text))


def _row(tokens: Tokens, end: str = "") -> list[str]:
    """Read items up to a closing sign, which is read too, or to the last token."""
    items: list[str] = []
    apart = False
    while tokens:
        kind, text = tokens.popleft()
        if kind == "sign" and text == end:
            break
        if kind == "space":
            apart = True
            continue
        if text == "^" and items:
            items.append(f"<msup>{items.pop()}{_exponent(tokens)}</msup>")
        elif kind == "sign" and text not in "(Σ":
            items.append(_sign(text))
        else:
            if apart and items and not items[-1].startswith("<mo>"):
                items.append(SPACE)
            items.append(_marked(_base(kind, text, tokens), tokens))
        apart = False
    return items


def _base(kind: str, text: str, tokens: Tokens) -> str:
    """What marks may follow: a name, a number, or what stands in parentheses."""
    matrix = OF_LEVEL.fullmatch(text)
    if text == "(":
        return _group([_sign("("), *_row(tokens, ")"), _sign(")")])
    if text in CONDITIONS:
        return f"<mtext>{text}</mtext>"
    if matrix:
        return f"<msub><mi>S</mi><mtext>{escape(matrix[1])}</mtext></msub>"
    if kind == "number":
        return f"<mn>{text}</mn>"
    if kind == "name":
        return f"<mi>{escape(text)}</mi>"
    return _sign(text) if kind == "sign" else _row_of(text)


def _marked(base: str, tokens: Tokens) -> str:
    """Read the marks of what stands before them: of what it is, indices, powers."""
    below, above = "", ""
    while tokens and (tokens[0][0] in ("lowered", "raised") or tokens[0][1] == "["):
        kind, text = tokens.popleft()
        if kind == "lowered":
            below += _row_of(text)
        elif kind == "raised":
            above += _row_of(text)
        else:
            above += "".join([_sign("("), *_row(tokens, "]"), _sign(")")])
    if below and above:
        return f"<msubsup>{base}<mrow>{below}</mrow><mrow>{above}</mrow></msubsup>"
    if below:
        return f"<msub>{base}<mrow>{below}</mrow></msub>"
    return f"<msup>{base}<mrow>{above}</mrow></msup>" if above else base


def _exponent(tokens: Tokens) -> str:
    while tokens and tokens[0][0] == "space":
        tokens.popleft()
    if tokens and tokens[0][1] == "|":
        tokens.popleft()
        return _group([_sign("|"), *_row(tokens, "|"), _sign("|")])
    return _marked(_base(*tokens.popleft(), tokens), tokens) if tokens else _group([])


def _row_of(marks: str) -> str:
    """Letters, digits and signs that were raised or lowered."""
    return "".join(map(_letter, marks))


def _letter(mark: str) -> str:
    plain = (LOWERED | RAISED)[mark]
    if plain.isalpha():
        return f"<mi>{plain}</mi>"
    return f"<mn>{plain}</mn>" if plain.isdigit() else _sign(plain)


def _group(items: list[str]) -> str:
    return f"<mrow>{''.join(items)}</mrow>"


def _sign(text: str) -> str:
    return f"<mo>{escape(SIGNS.get(text, text))}</mo>"
