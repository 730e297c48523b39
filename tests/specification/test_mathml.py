"""Equations as MathML say what their lines of text say."""

import re

import pytest
from lxml import html

from bayes_alliance.specification import list_models, load_model
from bayes_alliance.specification.equation import LOWERED, RAISED, SIGNS
from bayes_alliance.specification.formulas import formulas
from bayes_alliance.specification.mathml import mathml

MARKS = str.maketrans(LOWERED | RAISED | SIGNS | {"[": "(", "]": ")"})
MODELS = {name: load_model(name) for name in list_models()["name"]}


def letters(text: str) -> list[str]:
    """Everything that is printed, in any order, since marks stand below and above each other."""
    return sorted(re.sub(r"\s", "", text.translate(MARKS)))


@pytest.mark.parametrize("name", list(MODELS))
def test_nothing_of_an_equation_is_lost(name: str) -> None:
    for formula in formulas(MODELS[name]):
        made = html.fromstring(f"<div>{mathml(formula)}</div>")
        plain = formula.replace(" ^ ", "").replace("S_", "S")
        assert letters(str(made.text_content())) == letters(plain)
        assert not re.search(f"[{''.join(LOWERED)[:-1]}]", str(made.text_content()))


def test_marks_stand_at_what_they_belong_to() -> None:
    assert mathml("u[level]ᵢₖ") == (
        "<math><msubsup><mi>u</mi><mrow><mi>i</mi><mi>k</mi></mrow>"
        "<mrow><mo>(</mo><mi>level</mi><mo>)</mo></mrow></msubsup></math>"
    )
    assert mathml("sᵢₜ²") == (
        "<math><msubsup><mi>s</mi><mrow><mi>i</mi><mi>t</mi></mrow><mrow><mn>2</mn></mrow>"
        "</msubsup></math>"
    )
    assert mathml("(x)₊") == (
        "<math><msub><mrow><mo>(</mo><mi>x</mi><mo>)</mo></mrow><mrow><mo>+</mo></mrow></msub>"
        "</math>"
    )
    assert mathml("a ^ |b|") == (
        "<math><msup><mi>a</mi><mrow><mo>|</mo><mi>b</mi><mo>|</mo></mrow></msup></math>"
    )


def test_a_line_may_end_before_every_term_but_not_within_parentheses() -> None:
    made = mathml("y = a + b · (c + d)")
    assert made.count("<math>") == 2
    assert made.endswith("<mi>d</mi><mo>)</mo></mrow></math>")
    assert '<math><mo form="infix">+</mo><mi>b</mi>' in made


def test_what_is_said_of_a_symbol_stays_text() -> None:
    made = mathml("uᵢ ~ Normal(0, S_child),  S_child: standard deviations child_sd")
    assert made.endswith(
        "</math>, <math><msub><mi>S</mi><mtext>child</mtext></msub></math>: "
        "standard deviations child_sd"
    )


@pytest.mark.parametrize("name", ["<b>", "a (b", "x]", "|", "^", "a & b", "ᵢ", "IQ [raw]"])
def test_no_name_breaks_an_equation(name: str) -> None:
    made = mathml(f"levelᵢₖ = γ[level]ₖ + β[level, {name}]ₖ · {name}ᵢ")
    root = html.fromstring(f"<div>{made}</div>")
    assert root.xpath("count(.//math)") == len(root)
    assert {one.tag for one in root.iter()} <= {
        *("div", "math", "mi", "mo", "mn", "mrow", "msub", "msup", "msubsup", "mtext")
    }
