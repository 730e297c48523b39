import json
import re
from io import StringIO

import docx
import pandas as pd
import pytest

from bayes_alliance import InputError
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.document import report
from bayes_alliance.reporting.tables import word
from bayes_alliance.results.collection import collected
from bayes_alliance.results.record import LABELS
from tests import hand_made
from tests.reporting import made_studies
from tests.reporting.page import Page


def small():
    """A fit whose report has little in it."""
    return hand_made.fit(("child",), covariates=False)


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


@pytest.fixture(scope="module")
def folder(report_of_hand_made):
    return report_of_hand_made


@pytest.fixture(scope="module")
def with_studies(fit, tmp_path_factory):
    """A report of a fit with studies, a file of somebody else, and then one of a smaller fit."""
    place = tmp_path_factory.mktemp("studies")
    studies = [
        made_studies.usual(),
        made_studies.prior_study(),
        made_studies.power_scaling(),
        made_studies.comparison(),
    ]
    report.write(fit, place, studies=studies)
    first = contents(place)
    (place / "tables" / "mine.csv").write_text("mine")
    report.write(small(), place, force=True)
    return first, contents(place)


@pytest.fixture(scope="module")
def page(folder):
    return Page((folder / "report.html").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def markdown(folder):
    return (folder / "report.md").read_text(encoding="utf-8")


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def html_table(page, first_column):
    rows = max((t for t in page.tables if t[0][0] == first_column), key=len)
    return pd.DataFrame(rows[1:], columns=rows[0])


def markdown_table(markdown, first_column):
    blocks = [b for b in markdown.split("\n\n") if b.startswith(f"| {first_column} |")]
    lines = max(blocks, key=len).splitlines()
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return pd.DataFrame(rows[2:], columns=rows[0])


@pytest.mark.builds
def test_numbers_in_html_and_markdown_are_those_of_the_summary(fit, page, markdown):
    found = collected(fit)
    bounded = [one.is_bounded for one in found.quantities]
    shown = tables.rounded(found.summary, bounded=bounded).astype(str)
    html, text = html_table(page, "quantity"), markdown_table(markdown, "quantity")
    assert html.to_numpy().tolist() == shown.to_numpy().tolist()
    assert text.to_numpy().tolist() == shown.to_numpy().tolist()


def test_csv_tables_have_the_summary_in_full_precision(fit, folder):
    found = pd.read_csv(folder / "tables" / "quantities.csv")
    pd.testing.assert_frame_equal(
        found, pd.read_csv(StringIO(tables.summary(fit).to_csv(index=False)))
    )
    assert found.loc[found["quantity"] == "level[child]", "median"].item() == pytest.approx(40)


def test_estimands_shown_are_those_of_the_table(fit, page):
    data, bounded = collected(fit).listed()
    shown = tables.rounded(data.drop(columns=list(LABELS)), bounded=bounded.tolist()).astype(str)
    between = shown["of"].str.contains("time=8,|time=12,|time=8$|time=12$")
    rows = [row for table in page.tables if table[0][0] == "estimand" for row in table[1:]]
    wanted = shown[~between].to_numpy().tolist()
    dyads = shown[shown["estimand"].str.startswith("dyads")].to_numpy().tolist()
    assert sorted(rows) == sorted([*wanted, *dyads])
    assert len(wanted) > 100


def test_sections_open_with_a_sentence_computed_from_the_draws(markdown):
    assert (
        "- Child: 40.00 [39.62, 40.38] points at 4 months; change per 4 months −0.30 "
        "[−0.49, −0.11]; probability that it falls > .99." in markdown
    )
    assert (
        "**Between children of the same therapist who are alike in the covariates at 4 months, "
        "correlations between informants reach from .45 [.41, .49] (" in markdown
    )


def test_the_page_stands_alone(page):
    assert all(a.startswith(("#", "data:image/svg+xml;base64,")) for a in page.addresses)
    assert not [tag for tag, _ in page.starts if tag in ("script", "link", "iframe")]


def test_the_page_tells_its_language_and_describes_its_figures_and_tables(page):
    assert ("html", {"lang": "en"}) in page.starts
    assert len(page.images) == 8
    assert all(len(image["alt"]) > 20 for image in page.images)
    assert page.scopes["th"] > 500
    assert page.scopes["th without scope"] == page.scopes["empty th"] == 0
    assert sum(tag == "caption" for tag, _ in page.starts) == len(page.tables)


def test_every_link_of_the_contents_leads_to_a_section(page):
    targets = {found.get("id") for _, found in page.starts}
    links = {address.removeprefix("#") for address in page.addresses if address.startswith("#")}
    assert links <= targets
    assert len(links) >= 9


def test_every_file_the_markdown_links_to_is_there(folder, markdown):
    links = re.findall(r"\]\(([^)]+)\)", markdown)
    assert len(links) > 10
    assert all((folder / link).is_file() for link in links)


def test_figures_are_written_in_three_formats(folder):
    endings = {path.suffix for path in (folder / "figures").glob("trajectories.*")}
    assert endings == {".pdf", ".svg", ".png"}


def test_synthetic_ratings_are_called_so_first_of_all(folder, markdown):
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert html.index("SYNTHETIC DATA") < html.index("<h1>")
    assert "> **SYNTHETIC DATA" in markdown


@pytest.mark.builds
def test_a_report_of_other_ratings_without_checks_calls_them_not_synthetic_and_says_so(tmp_path):
    real = hand_made.fit(("child",), covariates=False, synthetic=False)
    page = report.write(real, tmp_path, checks=()).read_text(encoding="utf-8")
    assert "SYNTHETIC" not in page
    assert "SYNTHETIC" not in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "No checks were made." in page
    assert "Checks: ." not in page


def test_a_failed_check_is_said_before_any_result(folder, markdown):
    assert markdown.index("CHECK FAILED: convergence") < markdown.index("##")


@pytest.mark.builds
def test_names_and_labels_from_the_data_cannot_change_the_page(tmp_path):
    fit = hand_made.fit(("<b>child</b>", "a|b"), covariates=False, title="<script>x</script>")
    report.write(fit, tmp_path)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;b&gt;" in html
    assert "a\\|b" in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_an_earlier_report_is_not_replaced_unless_forced(folder):
    before = contents(folder)
    with pytest.raises(InputError, match="say force"):
        report.write(small(), folder)
    assert contents(folder) == before


def test_a_page_that_no_run_wrote_is_never_replaced(fit, tmp_path):
    (tmp_path / "report.html").write_text("mine")
    for force in (False, True):
        with pytest.raises(InputError, match="no earlier run wrote it"):
            report.write(fit, tmp_path, force=force)
    assert contents(tmp_path) == {"report.html": b"mine"}


def test_the_manifest_lists_every_file_of_the_report(folder):
    written = contents(folder)
    listed = json.loads(written.pop("manifest.json"))["parts"]["report"]
    assert set(listed) == set(written)
    assert all(listed[name]["bytes"] == len(content) for name, content in written.items())


@pytest.mark.builds
def test_a_crash_while_composing_leaves_the_folder_as_it_was(folder, monkeypatch):
    before = contents(folder)

    def broken(*_, **__):
        raise RuntimeError("no table")

    monkeypatch.setattr(tables.PaperTable, "to_latex", broken)
    with pytest.raises(RuntimeError, match="no table"):
        report.write(small(), folder, force=True)
    assert contents(folder) == before


@pytest.mark.builds
def test_a_new_report_leaves_nothing_of_an_earlier_one_and_all_else(with_studies):
    first, second = with_studies
    of_more = {"figures/agreement.png", "tables/covariates.csv"}
    assert of_more <= set(first)
    assert not of_more & set(second)
    assert second["tables/mine.csv"] == b"mine"
    of_studies = ("usual", "power", "compar", "prior_s")
    assert not [name for name in second if name.split("/")[-1].startswith(of_studies)]


def test_no_half_written_files_stay(folder):
    assert not list(folder.rglob("*.partial"))


def test_nothing_is_called_significant(markdown):
    assert "significant" not in markdown.lower()


def test_the_report_never_shows_the_rating_of_a_child(fit, markdown):
    assert not any(re.search(rf"\b{child}\b", markdown) for child in fit.ratings.children.index)


def test_the_report_warns_that_saved_fits_hold_the_ratings(markdown):
    assert "contains the rating of every child" in markdown


@pytest.mark.builds
def test_studies_have_sections_tables_and_figures_of_their_own(with_studies):
    written, _ = with_studies
    html = written["report.html"].decode("utf-8")
    for title in ("The usual analysis beside it", "Which model predicts a child left out?"):
        assert f">{title}</h2>" in html
    assert html.count(">Would other priors say the same?</h2>") == 2
    page = Page(html)
    assert page.scopes["th without scope"] == page.scopes["empty th"] == 0
    assert all(len(image["alt"]) > 20 for image in page.images)
    for name in ("usual", "prior_sensitivity", "power_scaling", "comparison_by_child"):
        for ending in ("csv", "tex", "docx"):
            assert f"tables/{name}.{ending}" in written
    assert "figures/prior_support_1.png" in written


def test_text_and_tables_for_a_paper_can_be_edited_in_word(fit, folder, markdown):
    document = docx.Document(folder / "paper.docx")
    texts = [paragraph.text for paragraph in document.paragraphs]
    methods, results = texts[texts.index("Method") + 2], texts[texts.index("Results") + 2]
    assert methods.replace("−", "-") in markdown
    assert results in markdown
    numbers = [text for text in texts if re.fullmatch(r"(Table|Figure) \d", text)]
    assert numbers == [*(f"Table {n}" for n in range(1, 8)), *(f"Figure {n}" for n in range(1, 6))]
    assert len(document.tables) == 7
    assert len(document.inline_shapes) == 5
    described = [shape._inline.docPr.get("descr") for shape in document.inline_shapes]
    assert all(len(text) > 20 for text in described)
    references = texts[texts.index("References") + 1 :]
    assert references[0].startswith("Abril-Pla, O., Andreani, V.")
    assert any(text.startswith("Laird, N. M., & Ware, J. H. (1982).") for text in references)


@pytest.mark.builds
def test_without_python_docx_a_report_is_written_without_word_documents(tmp_path, monkeypatch):
    monkeypatch.setattr(word, "docx", None)
    report.write(small(), tmp_path)
    assert not list(tmp_path.rglob("*.docx"))
    for name in ("paper.md", "paper.qmd", "paper.tex"):
        assert (tmp_path / name).is_file()
