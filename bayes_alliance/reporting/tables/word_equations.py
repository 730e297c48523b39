"""Equations of a model as Office mathematics, which Word and its like set and let edit.

The elements are those of ISO/IEC 29500-1, section 22.1 (Office Math Markup Language); names of more
than one letter are upright.
"""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from bayes_alliance.specification.equation import SIGNS, Item, Leaf, Marked, Row, Symbols

SPACE = "http://schemas.openxmlformats.org/officeDocument/2006/math"
UPRIGHT = '<m:rPr><m:sty m:val="p"/></m:rPr>'


def inline(symbols: Symbols) -> str:
    """Write symbols as an element of a paragraph."""
    return f'<m:oMath xmlns:m="{SPACE}">{_all(symbols.items)}</m:oMath>'


def displayed(equation: Symbols) -> str:
    """Write an equation as what a paragraph of its own holds; Word ends lines before signs."""
    return (
        f'<m:oMathPara xmlns:m="{SPACE}"><m:oMathParaPr><m:jc m:val="left"/></m:oMathParaPr>'
        f"<m:oMath>{_all(equation.items)}</m:oMath></m:oMathPara>"
    )


def _all(items: Iterable[Item]) -> str:
    return "".join(map(_item, items))


def _item(item: Item) -> str:
    match item:
        case Row(items):
            return _all(items)
        case Marked(base, below, above):
            return _marked(_item(base), _all(below), _all(above))
        case Leaf("space", _):
            return _run("\u00a0", UPRIGHT)
        case Leaf("name", text):
            return _run(text, UPRIGHT if len(text.rstrip("*")) > 1 else "")
        case Leaf("sign", text):
            return _run(SIGNS.get(text, text), UPRIGHT)
        case Leaf(_, text):
            return _run(text, UPRIGHT)


def _marked(base: str, below: str, above: str) -> str:
    name = f"sS{'ub' if below else ''}{'Sup' if below and above else 'up' if above else ''}"
    lower = f"<m:sub>{below}</m:sub>" if below else ""
    upper = f"<m:sup>{above}</m:sup>" if above else ""
    return f"<m:{name}><m:e>{base}</m:e>{lower}{upper}</m:{name}>"


def _run(text: str, form: str) -> str:
    return f'<m:r>{form}<m:t xml:space="preserve">{escape(text)}</m:t></m:r>'
