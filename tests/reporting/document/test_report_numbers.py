"""The numbers in the text of a report, in its tables, and in its csv files are the same numbers."""

import re

import numpy as np
import pandas as pd
import pytest

from bayes_alliance.reporting.document import report
from tests import hand_made
from tests.reporting.page import Page, rounds_to, told_nowhere, triples
from tests.small import small_ratings

# The heading of a column in the page is that of its column in the csv file.
NUMBERS = ["mean", "sd", "median", "lower", "upper", "ess bulk", "r hat", "contraction"]
# Draws of their priors have no two equal numbers, so that a number in a wrong place is found.
RATINGS = small_ratings(n_informants=3, n_children=12, missing=0.1)
MODELS = ("growth_scale", "quadratic_growth")
pytestmark = pytest.mark.builds


@pytest.fixture(scope="module", params=["hand made", *MODELS])
def folder(request, tmp_path_factory):
    if request.param == "hand made":
        return request.getfixturevalue("report_of_hand_made")
    place = tmp_path_factory.mktemp("numbers")
    report.write(hand_made.of_prior(request.param, RATINGS), place)
    return place


@pytest.fixture(scope="module")
def rows(folder):
    """Median, lower and upper of everything in the csv files."""
    found = []
    for path in (folder / "tables").glob("*.csv"):
        frame = pd.read_csv(path)
        for prior in ("", "prior_"):
            columns = [f"{prior}{name}" for name in ("median", "lower", "upper")]
            if set(columns) <= set(frame):
                found += frame[columns].dropna().to_numpy().tolist()
    return found


def test_every_estimate_of_the_page_is_one_of_the_csv_files(folder, rows):
    text = Page((folder / "report.html").read_text(encoding="utf-8")).text
    assert len(triples(text)) > 60
    assert told_nowhere(text, rows) == []


@pytest.mark.parametrize("name", ["report.md", "paper.md"])
def test_every_estimate_of_the_texts_is_one_of_the_csv_files(name, folder, rows):
    text = (folder / name).read_text(encoding="utf-8")
    assert len(triples(text)) > 40
    assert told_nowhere(text, rows) == []


def test_descriptions_of_figures_hold_numbers_of_the_csv_files(folder, rows):
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    texts = [image["alt"] for image in page.images]
    assert sum(len(triples(text)) for text in texts) > 5
    assert told_nowhere("\n".join(texts), rows) == []


def test_a_number_that_is_in_no_csv_file_is_found(folder, rows):
    text = (folder / "paper.md").read_text(encoding="utf-8")
    estimate = next(one for one in triples(text) if one[0] not in ("0", ".00", "0.00"))
    wrong = text.replace(f"{estimate[0]} [{estimate[1]}", f"77.77 [{estimate[1]}")
    assert ("77.77", *estimate[1:]) in told_nowhere(wrong, rows)


def test_page_and_markdown_hold_the_same_tables(folder):
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    markdown = (folder / "report.md").read_text(encoding="utf-8")
    blocks = [b for b in markdown.split("\n\n") if b.startswith("|")]
    assert len(blocks) == len(page.tables)
    for block, table in zip(blocks, page.tables, strict=True):
        lines = [line[2:-2].split(" | ") for line in block.splitlines()]
        # In Markdown a character that would mean something has a backslash before it.
        found = [[re.sub(r"\\(\W)", r"\1", cell.strip()) for cell in line] for line in lines[2:]]
        assert found == [[cell.strip() for cell in row] for row in table[1:]]


@pytest.mark.parametrize("name", ["quantities", "estimands", "shares"])
def test_rows_of_the_page_round_the_rows_of_the_csv_file(name, folder):
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    (table,) = (
        table
        for table, caption in zip(page.tables, page.captions, strict=True)
        if f"tables/{name}.csv" in caption
    )
    shown = pd.DataFrame(table[1:], columns=table[0])
    data = pd.read_csv(folder / "tables" / f"{name}.csv")
    data.columns = [column.replace("_", " ") for column in data.columns]
    keys = [key for key in ("quantity", "estimand", "of") if key in shown]
    both = shown.merge(data, on=keys, suffixes=(" shown", ""), validate="one_to_one")
    assert len(both) == len(shown) > 0
    for column in NUMBERS:
        if column in shown:
            pairs = zip(both[f"{column} shown"], both[column], strict=True)
            # Effective sample sizes are rounded down, so that none says more than there is.
            down = column == "ess bulk"
            assert all(
                text == "-"
                if pd.isna(value)
                else rounds_to(np.floor(value) if down else value, text)
                for text, value in pairs
            )


def test_csv_and_tex_of_a_table_for_a_paper_hold_the_same_estimates(folder, rows):
    for path in (folder / "tables").glob("*.tex"):
        text = path.read_text(encoding="utf-8").replace("$-$", "−")
        own = pd.read_csv(path.with_suffix(".csv"))
        if {"median", "lower", "upper"} <= set(own) and triples(text):
            ours = own[["median", "lower", "upper"]].dropna().to_numpy().tolist()
            assert told_nowhere(text, ours) == []
