"""A whole report of ratings whose every label means something to a reader of some file."""

import csv
import re
import xml.etree.ElementTree as ET
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import docx
import pytest
from markdown_it import MarkdownIt

from bayes_alliance.reporting.document import report
from tests import hand_made

TITLE = r"</title><script>alert(1)</script> \input{x} ](javascript:x) `**_"
HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://a.b") | $x_1^{2}$ %&',
    "![a](http://b/c.png) **bold** _em_ `code` <img src=x onerror=y>",
    r"@SUM(1) \textbf{x} &lt;b&gt; #1 ~ [a]: http://b",
)
COVARIATE = '-1+cmd|" /C calc" <i onload=z>'
READER = MarkdownIt("commonmark", {"html": True}).enable("table")
COMMAND = re.compile(r"\\[a-zA-Z]+")
OF_ESCAPES = {r"\textbackslash", r"\textasciitilde", r"\textasciicircum"}
# A long name makes an equation go on in the next line.
OF_LAYOUT = {r"\quad"}


class Tags(HTMLParser):
    """The tags of a page and the names of their attributes, and where they lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes |= {name for name, _ in attrs}
        self.addresses |= {str(value) for name, value in attrs if name in ("src", "href")}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fit = hand_made.fit(HOSTILE, covariate=COVARIATE, title=TITLE)
    return report.write(fit, tmp_path_factory.mktemp("hostile")).parent


def texts(folder: Path, pattern: str) -> dict[str, str]:
    """Contents by name; there are some, or the test would say nothing."""
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.rglob(pattern)}
    assert found, pattern
    return found


@pytest.mark.builds
def test_the_page_has_no_tag_attribute_or_address_of_a_label(
    hostile: Path, report_of_hand_made: Path
) -> None:
    ours = Tags((hostile / "report.html").read_text(encoding="utf-8"))
    plain = Tags((report_of_hand_made / "report.html").read_text(encoding="utf-8"))
    assert set(ours.tags) <= set(plain.tags)
    for tag in ("script", "img", "title", "iframe", "i", "b"):
        assert ours.tags[tag] == plain.tags[tag]
    assert ours.attributes <= plain.attributes
    assert not [one for one in ours.addresses if "javascript" in one or "//b" in one]


@pytest.mark.builds
def test_markdown_has_no_tag_image_or_broken_table_of_a_label(
    hostile: Path, report_of_hand_made: Path
) -> None:
    plain = {
        name: Tags(READER.render(text)) for name, text in texts(report_of_hand_made, "*.md").items()
    }
    for name, text in texts(hostile, "*.md").items():
        rendered = READER.render(text)
        ours = Tags(rendered)
        assert set(ours.tags) <= set(plain[name].tags), name
        assert ours.tags["img"] == plain[name].tags["img"], name
        for table in re.findall(r"<table>.*?</table>", rendered, flags=re.DOTALL):
            rows = [len(re.findall(r"<t[hd][ >]", row)) for row in table.split("<tr>")[1:]]
            assert len(set(rows)) == 1, name


@pytest.mark.builds
def test_no_cell_of_a_csv_file_is_a_formula(hostile: Path) -> None:
    for name, text in texts(hostile, "*.csv").items():
        for row in csv.reader(text.splitlines()):
            for cell in row:
                assert not re.match(r"[=@]|[+-](?![\d.]+(e[+-]?\d+)?$|inf$)", cell), (name, cell)


@pytest.mark.builds
def test_latex_has_no_command_of_a_label(hostile: Path, report_of_hand_made: Path) -> None:
    plain = texts(report_of_hand_made, "*.tex")
    known = (
        OF_ESCAPES | OF_LAYOUT | {one for text in plain.values() for one in COMMAND.findall(text)}
    )
    for name, text in texts(hostile, "*.tex").items():
        assert set(COMMAND.findall(text)) <= known, name
        bare = re.sub(r"\\[&%$#_{}]", "", text)
        assert bare.count("{") == bare.count("}"), name
        assert "%" not in bare.partition("\n")[2], name


@pytest.mark.builds
def test_pictures_and_word_documents_show_labels_as_text(
    hostile: Path, report_of_hand_made: Path
) -> None:
    plain = texts(report_of_hand_made, "*.svg")
    for name, text in texts(hostile, "*.svg").items():
        ours, known = (
            {one.tag for one in ET.fromstring(one).iter()} for one in (text, plain[name])
        )
        assert ours <= known, name
    paper = docx.Document(hostile / "paper.docx")
    cells = {cell.text for table in paper.tables for row in table.rows for cell in row.cells}
    assert any("<script>" in text.lower() for text in cells)
    parts = {rel.reltype.rpartition("/")[2] for rel in paper.part.rels.values()}
    assert not parts & {"hyperlink", "oleObject", "externalLink"}
