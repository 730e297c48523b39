"""No label, title or category becomes a tag, a link, a heading, a formula or a command."""

import ast
import csv as reading
import dataclasses
import html
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

import bayes_alliance as ba
from bayes_alliance.posterior.verdict import Check
from bayes_alliance.reporting import plots
from bayes_alliance.reporting.escaping import csv, fenced, markdown, piped
from bayes_alliance.reporting.tables import PaperTable
from bayes_alliance.studies.calibrate import Calibration
from tests import hand_made
from tests.reporting import made_studies
from tests.reporting.made_assurance import assurance

PACKAGE = Path(ba.__file__).parent
EVIL = "<img src=x onerror=y>"
READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What means something to Markdown, LaTeX, HTML or a spreadsheet, and letters between.
SIGNS = "\\`*_{}[]()<>#+-.!|~&;:=@$%^'\"/? ,0123456789abAB\u2212é"
LABELS = st.text(SIGNS, min_size=1, max_size=25).map(lambda text: " ".join(text.split())).filter(
    bool
) | st.sampled_from(
    [
        EVIL,
        "<script>alert(1)</script>",
        "](javascript:x)",
        "![a](http://b/c.png)",
        "[a]: http://b",
        "<http://a.b>",
        "&lt;b&gt;",
        "=HYPERLINK(1)",
        "@SUM(1)",
        "\\input{x}",
        "- - -",
        "```",
        "~~~",
        "1. a",
        "1) a",
        "===",
    ]
)


class Seen(HTMLParser):
    """What a reader of a page sees, and its tags."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.tags = "", set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.add(tag)

    def handle_data(self, data) -> None:
        self.text += data


@given(LABELS)
def test_markdown_shows_any_text_as_it_is(label: str) -> None:
    seen = Seen(READER.render(markdown(label)))
    assert seen.tags == {"p"}
    assert seen.text.strip() == label
    for line, tags in (
        (f"# {markdown(label)}", {"h1"}),
        (f"- {markdown(label)}", {"ul", "li"}),
        (f"**{markdown(f'The {label} x')}**", {"p", "strong"}),
        (f"> {markdown(label)}", {"blockquote", "p"}),
    ):
        seen = Seen(READER.render(line))
        assert seen.tags == tags
        assert label.rstrip(" #") in seen.text


@given(LABELS, LABELS)
def test_markdown_tables_show_any_text_in_its_cell(one: str, other: str) -> None:
    table = f"| {piped(one)} | b |\n|---|---|\n| {piped(other)} | d |\n"
    rendered = READER.render(table)
    assert Seen(rendered).tags == {"table", "thead", "tbody", "tr", "th", "td"}
    cells = re.findall(r"<t[hd]>(.*?)</t[hd]>", rendered)
    assert [html.unescape(cell) for cell in cells] == [one, "b", other, "d"]


@given(st.lists(LABELS, min_size=1, max_size=4))
def test_a_block_that_is_shown_letter_by_letter_has_no_end_inside(lines: list[str]) -> None:
    seen = Seen(READER.render(fenced("\n".join(lines))))
    assert seen.tags == {"pre", "code"}
    assert seen.text.rstrip("\n") == "\n".join(lines)


@given(st.lists(LABELS, min_size=1, max_size=4), LABELS)
def test_no_text_of_a_csv_file_is_a_formula(labels: list[str], name: str) -> None:
    frame = pd.DataFrame({name: labels, "number": [-1.5] * len(labels)})
    for index in (False, True):
        table = frame.set_index(name) if index else frame
        header, *rows = reading.reader(io.StringIO(csv(table, index=index)))
        assert [header[1], *(row[1] for row in rows)] == ["number"] + ["-1.5"] * len(labels)
        for written, label in zip(
            [header[0], *(row[0] for row in rows)], [name, *labels], strict=True
        ):
            assert written in (label, f"'{label}")
            assert not re.match(r"[=@]|[+-](?![\d.]+$)", written)


@given(LABELS)
def test_latex_holds_no_command_of_a_label(label: str) -> None:
    shown = pd.DataFrame({label: [label]}, index=pd.Index([label], name="stub"))
    table = PaperTable(name="made", title=label, frame=shown, shown=shown, note=label)
    text = table.to_latex()
    plain = PaperTable(
        name="made",
        title="x",
        frame=shown,
        shown=pd.DataFrame({"x": ["x"]}, index=pd.Index(["x"], name="stub")),
        note="x",
    ).to_latex()
    ours = r"\\[a-zA-Z]+"
    known = {*re.findall(ours, plain), r"\textbackslash", r"\textasciitilde", r"\textasciicircum"}
    assert set(re.findall(ours, text)) <= known
    bare = re.sub(r"\\[&%$#_{}]", "", text)
    assert bare.count("{") == bare.count("}")
    # Signs that act stand where ours do: before columns, in minus and less than.
    assert bare.count("&") == plain.count("&")
    assert "%" not in bare.partition("\n")[2]
    assert not re.search(r"\\\\\s*[\[*]", text)


def made() -> dict[str, object]:
    """One of everything that shows itself in a notebook, with a tag in every text of a user."""
    fit = hand_made.fit((EVIL, "b"), covariate="<i>", title=EVIL, model="informant_level")
    table = pd.DataFrame({"quantity": [EVIL], "diagnosis": [EVIL]}, index=[EVIL])
    check = Check(name="convergence", verdict="warn", table=table, sentence=EVIL, reference=EVIL)
    usual = dataclasses.replace(
        made_studies.usual(), sentence=EVIL, table=made_studies.usual().table.assign(of=EVIL)
    )
    prior = made_studies.prior_study()
    compared = made_studies.comparison()
    power = made_studies.power_scaling()
    leaving = made_studies.leaving()
    atlas, planned = made_studies.atlas(), assurance()
    shown = pd.DataFrame({EVIL: [EVIL]}, index=pd.Index([EVIL], name=EVIL))
    return {
        "Ratings": fit.ratings,
        "ModelSpec": fit.spec,
        "Check": check,
        "UsualAnalysis": usual,
        "PriorStudy": dataclasses.replace(prior, verdicts=prior.verdicts.rename(lambda _: EVIL)),
        "Comparison": dataclasses.replace(
            compared, sentence=EVIL, table=compared.table.rename(lambda _: EVIL)
        ),
        "PowerScaling": dataclasses.replace(power, table=power.table.rename(lambda _: EVIL)),
        "LeavingStudy": dataclasses.replace(
            leaving, change=leaving.change.rename(index={"child": EVIL})
        ),
        "PaperTable": PaperTable(name="made", title=EVIL, frame=shown, shown=shown, note=EVIL),
        "Atlas": dataclasses.replace(atlas, table=atlas.table.assign(conclusion=EVIL)),
        "Assurance": dataclasses.replace(planned, table=planned.table.assign(conclusion=EVIL)),
    }


@pytest.mark.builds
def test_nothing_that_shows_itself_in_a_notebook_holds_a_tag_of_a_user() -> None:
    shown = made()
    for name, value in shown.items():
        page = value._repr_html_()
        assert not {"img", "script", "i"} & Seen(page).tags, name
        assert "&lt;i" in page, name
    classes = {
        node.name
        for file in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(getattr(one, "name", "") == "_repr_html_" for one in node.body)
    }
    # A calibration shows its check.
    assert classes == {*shown, Calibration.__name__}


@pytest.mark.parametrize("label", ["$\\foo$", "a$b$c", "$", "_hidden", "\\alpha", "^{"])
def test_figures_show_any_label_as_text(label: str) -> None:
    fit = hand_made.fit((label, "b"), model="informant_level", covariates=False)
    axes = plots.agreement(fit)
    figure = axes.figure if hasattr(axes, "figure") else axes[0].figure
    figure.savefig(io.BytesIO(), format="svg")
