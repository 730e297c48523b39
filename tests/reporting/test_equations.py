"""Equations of a paper say in LaTeX and in Word what their lines of text say."""

import dataclasses
import re
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from bayes_alliance.reporting import latex_equations
from bayes_alliance.reporting.prose.equations import equations, meaning
from bayes_alliance.reporting.prose.passage import Passage
from bayes_alliance.reporting.tables import word, word_equations
from bayes_alliance.specification import list_models, load_model
from bayes_alliance.specification.equation import LOWERED, RAISED, SIGNS, Symbols, symbols
from bayes_alliance.specification.formulas import apart
from tests import hand_made

MODELS = list(list_models()["name"])
TEXTS = str.maketrans(LOWERED | RAISED | SIGNS | {"[": "(", "]": ")"})
COMMANDS = {
    **{of: sign for sign, of in latex_equations.LETTERS.items()},
    **{of: sign for sign, of in latex_equations.SIGNS.items() if of.startswith("\\")},
}
NAMES = ["<b>", "a (b", "x]", "|", "^", "a & b", "ᵢ", "IQ [raw]", "50%_{#$", "über~\\"]


def letters(text: str) -> list[str]:
    """Everything that is printed, in any order, since marks stand below and above each other."""
    plain = text.replace(" ^ ", "").replace("S_", "S").translate(TEXTS)
    return sorted(re.sub(r"\s", "", plain))


def in_latex(text: str) -> str:
    """What LaTeX prints."""
    text = re.sub(r"\\(?:mathrm|text|quad)\b|\\\\|[&]|\\ ", "", text)
    for command, sign in COMMANDS.items():
        text = re.sub(rf"{re.escape(command)}(?![a-z])", sign, text)
    text = text.replace("^{*}", "∗").replace("-", "−").replace("\\_", "‗")
    return re.sub(r"[{}_^]", "", text).replace("‗", "_").replace("Student−t", "Student-t")


def printed(element: Any) -> str:
    """What Word prints of an element, in order."""
    return "".join(one.text or "" for one in element.iter(qn("w:t"), qn("m:t")))


@pytest.mark.parametrize("name", MODELS)
def test_nothing_of_an_equation_is_lost(name: str) -> None:
    for line in apart(load_model(name))[0]:
        plain = letters(line.replace("′", "'"))
        assert letters(in_latex(latex_equations.displayed([symbols(line)]))) == plain, line
        made = parse_xml(word_equations.displayed(symbols(line)))
        assert letters(printed(made).replace("′", "'")) == plain, line


def test_latex_has_marks_at_what_they_belong_to() -> None:
    written = {
        "γ[level]ₖ": r"\gamma_{k}^{(\mathrm{level})}",
        "sᵢₜ²": "s_{it}^{2}",
        "y*ᵢₜₖ": "{y^{*}}_{itk}",
        "a ^ |b|": "a^{{|b|}}",
        "Σₖ x": r"\sum_{k}\ x",
        "caregiver_femaleᵢ": r"\text{caregiver\_female}_{i}",
    }
    assert {text: latex_equations.inline(symbols(text)) for text in written} == written


def test_long_equations_go_on_in_lines_that_begin_with_a_plus_sign() -> None:
    terms = [f"effect[{name}]ₖ · {name}ᵢ" for name in ("anxiety", "experience", "depression")]
    written = latex_equations.displayed([symbols(" + ".join(["yᵢ = level", *terms]))])
    first, *others = written.split(" \\\\\n")
    assert first.startswith("y_{i} & =")
    assert others
    assert all(line.startswith("& \\quad +") for line in others)


def test_word_has_marks_at_what_they_belong_to() -> None:
    made = parse_xml(word_equations.inline(symbols("u[level]ᵢₖ")))
    (marked,) = made
    assert marked.tag == qn("m:sSubSup")
    assert [printed(part) for part in marked] == ["u", "ik", "(level)"]
    (raised,) = parse_xml(word_equations.inline(symbols("a ^ |b|")))
    assert raised.tag == qn("m:sSup")


@pytest.mark.parametrize("name", NAMES)
def test_no_name_breaks_an_equation(name: str) -> None:
    one = symbols(f"levelᵢₖ = γ[level]ₖ + β[level, {name}]ₖ · {name}ᵢ")
    parse_xml(word_equations.displayed(one))
    written = re.sub(r"\\[%#&_${}]", "", latex_equations.displayed([one]))
    assert written.count("{") == written.count("}")
    assert written.count("&") == written.count("\\\\") + 1
    assert not re.search(r"[%#$]", written.replace("$<$", "").replace("$>$", ""))


def test_a_paper_says_names_in_words_and_explains_every_index() -> None:
    fit = dataclasses.replace(hand_made.fit(), spec=load_model("growth_with_leaving"))
    text = "".join(
        latex_equations.inline(one) if isinstance(one, Symbols) else one for one in meaning(fit)
    )
    equation = latex_equations.displayed(equations(fit))
    assert r"\text{leaving baseline}_{t}" in equation
    assert "leaving baseline: how likely a family" in text
    assert "counted from 4 months in units of 4 months" in text
    assert "covariance matrices (standard deviations, correlations)" in text
    assert not re.search(r"_(?!\{)", equation + text)
    indices = set("".join(re.findall(r"_\{([a-z]+)\}", equation)))
    assert all(re.search(rf"[ ;]{index}: ", text) for index in indices)


@pytest.mark.builds
def test_equations_stand_below_their_paragraph_in_word() -> None:
    fit = hand_made.fit()
    passage = Passage(head="Model", text="Text.", equations=equations(fit), meaning=meaning(fit))
    made = docx.Document(BytesIO(word.document([], text=[("Method", [passage])])))
    shown = [one for one in made.paragraphs if one._p.findall(qn("m:oMathPara"))]
    assert len(shown) == len(passage.equations) == 6
    assert made.paragraphs[2].text == "Text."
    assert printed(shown[3]._p) == "ui∼Normal(0,Schild)"
    last = made.paragraphs[-1]._p
    symbols_of_text = [one for one in passage.meaning if isinstance(one, Symbols)]
    assert len(last.findall(qn("m:oMath"))) == len(symbols_of_text)
    assert printed(last).startswith("Here, i: child; j: the child's therapist")
