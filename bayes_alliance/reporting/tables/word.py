"""Tables and text as a Word document that can be edited.

python-docx is needed, the extra ``word``. Tables have horizontal rules only; a table that is wide
stands on a page of its own, turned on its side.
"""

import io
import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bayes_alliance.errors import InputError, Problem
from bayes_alliance.reporting.prose.citing import Reference
from bayes_alliance.reporting.prose.passage import Passage
from bayes_alliance.reporting.tables import word_equations
from bayes_alliance.specification.equation import Symbols

try:
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement, parse_xml
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor
except ImportError:  # pragma: no cover
    docx = None

if TYPE_CHECKING:
    from bayes_alliance.reporting.tables.paper_table import PaperTable

CHARACTER = 0.18  # centimetres, on average, at 9 points
UPRIGHT, TURNED = 17.0, 25.7  # centimetres between the margins
FONT = "Times New Roman"
LONG = 25  # rows from which a table may be parted by the end of a page
TEXT, NUMBER = "Table text", "Table number"
KEPT = {TEXT: "Table text kept", NUMBER: "Table number kept"}  # with the row below


def installed() -> bool:
    """Whether Word documents can be written."""
    return docx is not None


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A figure of a Word document.

    Parameters
    ----------
    alt : str
        What it shows, for readers who do not see it.
    inches : float
        Its width.
    """

    title: str
    note: str
    alt: str
    png: bytes
    inches: float


def document(
    tables: "Sequence[PaperTable]",
    *,
    text: Sequence[tuple[str, Sequence[Passage]]] = (),
    title: str = "",
    main: Sequence[str] = (),
    figures: Sequence[Picture] = (),
    references: Sequence[Reference] = (),
) -> bytes:
    """Make one Word document of text, references, tables and figures, in this order.

    Parameters
    ----------
    tables : sequence of PaperTable
        Numbered if there is more than one.
    text : sequence of (str, sequence of Passage)
        Headings with their paragraphs.
    title : str
        Of the document; that of the only table if not given.
    main : sequence of str
        Main results, which stand first.

    Returns
    -------
    bytes
        The content of its file.

    Raises
    ------
    InputError
        If python-docx is not installed.
    """
    if not installed():
        message = "needs python-docx: pip install 'bayes-alliance[word]'"
        raise InputError([Problem(where="docx", message=message)], "Word document")
    made = docx.Document()
    made.core_properties.title = title or (tables[0].title if tables else "")
    made.core_properties.author = ""
    made.core_properties.comments = ""
    _page(made.sections[0], wide=False)
    normal = made.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(11)
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    for name, place in (("Heading 1", WD_ALIGN_PARAGRAPH.CENTER), ("Heading 2", None)):
        _heading_style(made.styles[name], place)
    _cell_styles(made)
    if main:
        made.add_heading("Main Results", level=1)
    for sentence in main:
        made.add_paragraph(_unbroken(sentence), style="List Bullet")
    for heading, passages in text:
        made.add_heading(heading, level=1)
        for one in passages:
            made.add_heading(one.head, level=2)
            made.add_paragraph(_unbroken(one.text))
            _add_equations(made, one)
    _add_references(made, references)
    for number, table in enumerate(tables, start=1):
        _turn(made, wide=table.is_wide, first=number == 1 and not text)
        _add(made, table, number if len(tables) > 1 else None)
    if figures:
        _turn(made, wide=False, first=False)
    for number, figure in enumerate(figures, start=1):
        _add_figure(made, figure, number)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def _add_equations(document: Any, passage: Passage) -> None:
    for one in passage.equations:
        below = document.add_paragraph()
        below.paragraph_format.space_after = Pt(3)
        below._p.append(parse_xml(word_equations.displayed(one)))
    if passage.meaning:
        below = document.add_paragraph()
    for piece in passage.meaning:
        if isinstance(piece, Symbols):
            below._p.append(parse_xml(word_equations.inline(piece)))
        else:
            below.add_run(_unbroken(piece))


def _heading_style(style: Any, place: Any) -> None:
    """Headings in the font of the text, bold and black, as APA 7 has them."""
    style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(12), RGBColor(0, 0, 0)
    style.font.bold = True
    style.paragraph_format.alignment = place
    for theme in ("asciiTheme", "hAnsiTheme"):
        style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)


def _unbroken(text: str) -> str:
    """Write minus signs, since a hyphen before a number would let a line end between the two."""
    return re.sub(r"(?<![\w.])-(?=[\d.])", "−", text)


def _add_references(document: Any, references: Sequence[Reference]) -> None:
    if references:
        document.add_heading("References", level=1)
    for one in references:
        made = document.add_paragraph(one.before)
        made.add_run(one.italic).italic = True
        made.add_run(one.after)
        form = made.paragraph_format
        form.left_indent, form.first_line_indent = Cm(1.27), Cm(-1.27)


def _add_figure(document: Any, figure: Picture, number: int) -> None:
    head = document.add_paragraph()
    head.add_run(f"Figure {number}").bold = True
    head.paragraph_format.space_before = Pt(12)
    caption = document.add_paragraph()
    caption.add_run(figure.title).italic = True
    picture = document.add_paragraph()
    shown = picture.add_run().add_picture(
        io.BytesIO(figure.png), width=Cm(min(UPRIGHT, 2.54 * figure.inches))
    )
    shown._inline.docPr.set("descr", figure.alt)
    for above in (head, caption, picture):
        above.paragraph_format.keep_with_next = True
    head.paragraph_format.space_after = caption.paragraph_format.space_after = Pt(0)
    _add_note(document, figure.note)


def _cell_styles(document: Any) -> None:
    """Add the paragraphs of cells to the styles of a document."""
    for kind in (TEXT, NUMBER):
        for name in (kind, KEPT[kind]):
            style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
            style.base_style = document.styles["Normal"]
            style.font.size = Pt(9)
            form = style.paragraph_format
            form.space_after, form.keep_with_next = Pt(1), name != kind
            if kind == NUMBER:
                form.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _turn(document: Any, *, wide: bool, first: bool) -> None:
    """Turn the page for a wide table, and back, by a new section."""
    section = document.sections[-1]
    if not first and wide != (section.orientation == WD_ORIENT.LANDSCAPE):
        section = document.add_section()
    _page(section, wide=wide)


def _page(section: Any, *, wide: bool) -> None:
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    longer, shorter = Cm(29.7), Cm(21.0)
    section.page_width, section.page_height = (longer, shorter) if wide else (shorter, longer)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(section, side, Cm(2.0))


def _add(document: Any, table: "PaperTable", number: int | None) -> None:
    if number is not None:
        head = document.add_paragraph()
        head.add_run(f"Table {number}").bold = True
        head.paragraph_format.keep_with_next = True
        head.paragraph_format.space_before, head.paragraph_format.space_after = Pt(12), Pt(0)
    caption = document.add_paragraph()
    caption.add_run(table.title).italic = True
    caption.paragraph_format.keep_with_next = True
    flat = table.flat
    stubs = table.shown.index.nlevels
    rows = [[str(name) for name in flat.columns], *flat.to_numpy().tolist()]
    made = document.add_table(rows=min(len(rows), 3), cols=flat.shape[1])
    made.autofit = False
    characters = table.widths()
    share = min(1.0, (TURNED if table.is_wide else UPRIGHT) / (CHARACTER * sum(characters)))
    widths = [Cm(share * CHARACTER * count) for count in characters]
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    is_long = len(rows) >= LONG
    # python-docx looks through all styles for the default whenever one is set by its name.
    styles = {name: document.styles[name].style_id for name in (*KEPT, *KEPT.values())}
    last = len(made.rows) - 1
    for position, row in enumerate(made.rows):
        _keep_whole(row, header=position == 0)
        edges = {0: ("top", "bottom"), last: ("bottom",)}.get(position, ())
        for column, cell in enumerate(row.cells):
            cell.width = widths[column]
            kind = NUMBER if column >= stubs else TEXT
            # By a style, of which Word has one place to change and which is quicker to set.
            paragraph = cell.paragraphs[0]
            paragraph._p.style = styles[kind if position == last or is_long else KEPT[kind]]
            paragraph.add_run()
            _rule(cell, edges)
    _fill(made, rows, stubs)
    _add_note(document, table.note)


def _add_note(document: Any, text: str) -> None:
    below = document.add_paragraph()
    below.paragraph_format.space_before = Pt(3)
    start = below.add_run("Note. ")
    start.italic = True
    rest = below.add_run(text)
    start.font.size = rest.font.size = Pt(9)


def _fill(table: Any, rows: Sequence[Sequence[str]], stubs: int) -> None:
    """Write rows into a table of a first, a middle and a last row; the middle one is copied.

    Copied, since making a row cell by cell takes most of the time of a document.
    """
    for _ in range(3, len(rows)):
        middle = table._tbl.tr_lst[1]
        middle.addnext(deepcopy(middle))
    for row, cells in zip(table._tbl.tr_lst, rows, strict=True):
        for column, (run, text) in enumerate(zip(row.iter(qn("w:r")), cells, strict=True)):
            run.text = text.replace(", ", ",\u00a0") if column >= stubs else text


def _keep_whole(row: Any, *, header: bool) -> None:
    """Never split a row between pages; repeat the header on each."""
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if header:
        properties.append(OxmlElement("w:tblHeader"))


def _rule(cell: Any, edges: Sequence[str]) -> None:
    if not edges:
        return
    borders = OxmlElement("w:tcBorders")
    for edge in edges:
        line = OxmlElement(f"w:{edge}")
        for key, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    cell._tc.get_or_add_tcPr().append(borders)
