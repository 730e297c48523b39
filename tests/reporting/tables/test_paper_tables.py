"""Tables for a paper show the numbers they hold, in every format, and say what was fitted."""

import json
import re
from dataclasses import replace
from functools import cache
from html import unescape
from io import BytesIO, StringIO

import docx
import numpy as np
import pandas as pd
import pytest

from bayes_alliance import InputError
from bayes_alliance.reporting import tables
from bayes_alliance.reporting.prose.passage import Passage
from bayes_alliance.reporting.tables import coverage, word
from bayes_alliance.specification import load_model
from benchmarks.report import RESULTS
from tests import hand_made
from tests.reference.estimand_coverage import RESULTS as COVERAGE
from tests.reporting import made_studies

NUMBER = re.compile(r"[−-]?(?:\d+(?:,\d{3})*(?:\.\d+)?|\.\d+)")


def number(text):
    """The first number of a cell."""
    found = NUMBER.search(text)
    return float(found.group().replace("−", "-").replace(",", ""))


@pytest.fixture(scope="module")
def fit():
    return hand_made.fit()


def of_a_fit(fit):
    return (
        tables.fixed_effects(fit),
        tables.variation(fit),
        tables.agreement(fit),
        tables.covariate_effects(fit),
    )


def of_studies():
    return (
        tables.comparison(made_studies.comparison()),
        tables.prior_sensitivity(made_studies.prior_study()),
        tables.prior_sensitivity(made_studies.power_scaling()),
        tables.usual(made_studies.usual()),
        tables.leaving(made_studies.leaving()),
        tables.side_by_side(made_studies.beside()),
    )


@cache
def every():
    return {table.name: table for table in (*of_a_fit(hand_made.fit()), *of_studies())}


# Named here, so that tables are made when they are tested and not when tests are collected.
OF_A_FIT = ("fixed_effects", "variation", "agreement_by_pair", "covariate_effects")
OF_STUDIES = (
    *("comparison_by_child", "prior_sensitivity", "power_scaling", "usual", "leaving"),
    "side_by_side",
)
by_name = pytest.mark.parametrize("table", [*OF_A_FIT, *OF_STUDIES], indirect=True)


@pytest.fixture
def table(request):
    return every()[request.param]


def test_every_table_is_tested():
    assert tuple(every()) == (*OF_A_FIT, *OF_STUDIES)


def test_averages_are_those_of_the_posterior_made_by_hand(fit):
    table = tables.fixed_effects(fit)
    levels = table.shown.xs("Level at 4 months")
    assert levels["Estimate"].map(number).tolist() == list(hand_made.LEVEL)
    slopes = table.shown.xs("Slope per 4 months")
    assert slopes["Estimate"].map(number).tolist() == list(hand_made.SLOPE)
    # Steps are even between -1 and 1, so 95 % of them reach to 0.95 times 0.4 points.
    assert levels.loc["Child", "95% CI"] == "[39.62, 40.38]"
    above = 1 - (hand_made.steps() * 0.2 + 0.1 > 0).mean()
    assert number(slopes.loc["Caregiver", "P(> 0)"]) == pytest.approx(1 - above, abs=0.005)


def test_standard_deviations_and_correlations_stand_where_their_informants_are(fit):
    shown = tables.variation(fit).shown
    child = shown.xs("Child: level at 4 months")
    assert child["SD"].map(number).tolist() == list(hand_made.CHILD_SD["level"])
    assert [cell == "" for cell in child["2"]] == [True, True, False, False]
    assert number(child.loc["4. Therapist of caregiver", "2"]) == pytest.approx(
        0.9 * hand_made.CHILD_COR
    )
    therapist = shown.xs("Therapist: level at 4 months")
    assert number(therapist.loc["2. Therapist of child", "1"]) == pytest.approx(
        0.9 * hand_made.THERAPIST_COR
    )
    slopes = shown.xs("Child: slope per 4 months")
    assert slopes["With level"].map(number).tolist() == pytest.approx([0.45] * 4)


def test_agreement_equals_arithmetic_on_the_draws(fit):
    row = tables.agreement(fit).shown.loc["Child and caregiver"]
    moments = fit.moments
    names = ["child", "caregiver"]
    terms = [f"{name},level" for name in names]
    total = sum(
        moments[f"{level}_cov"].sel(term=terms, term_=terms).to_numpy().reshape(-1, 2, 2)
        for level in ("child", "therapist")
    )
    residual = moments["residual_cov"].sel(informant=names, informant_=names).to_numpy()
    total = total + residual.reshape(-1, 2, 2)
    anxiety = fit.ratings.children["anxiety"].astype(float).mean()
    effect = moments["level_on"].sel(covariate="anxiety")
    mean = moments["level"] + anxiety * effect
    # New families differ in the covariate too.
    own = effect.sel(informant=names).transpose(..., "informant").to_numpy().reshape(-1, 2)
    total = total + anxiety * (1.0 - anxiety) * own[:, :, None] * own[:, None, :]
    apart = (mean.sel(informant="child") - mean.sel(informant="caregiver")).to_numpy().ravel()
    variance = total[:, 0, 0] + total[:, 1, 1]
    r = total[:, 0, 1] / np.sqrt(total[:, 0, 0] * total[:, 1, 1])
    sd = np.sqrt(variance - 2 * total[:, 0, 1])
    assert number(row["Total r"]) == pytest.approx(np.median(r), abs=0.005)
    assert number(row["Mean difference"]) == pytest.approx(np.median(apart), abs=0.05)
    lower = np.median(apart - 1.959964 * sd)
    assert number(row["Limits of agreement"]) == pytest.approx(lower, abs=0.05)
    concordance = 2 * total[:, 0, 1] / (variance + apart**2)
    assert number(row["Concordance"]) == pytest.approx(np.median(concordance), abs=0.005)


def test_effects_of_covariates_stand_beside_their_differences(fit):
    level = tables.covariate_effects(fit).shown.xs("Anxiety on level")
    assert level["Estimate"].map(number).tolist() == list(hand_made.ANXIETY)
    effects = fit.moments["level_on"].sel(covariate="anxiety")
    apart = effects.sel(informant="therapist_of_child") - effects.sel(informant="caregiver")
    cell = level.loc["3. Caregiver", "2 minus own"]
    assert number(cell) == pytest.approx(float(apart.median()), abs=0.005)


def test_informants_on_different_scales_have_no_columns_in_points():
    scales = {"child": {"lower": 12, "upper": 48}, "caregiver": {"lower": 0, "upper": 60}}
    fit = hand_made.fit(("child", "caregiver"), scale=scales)
    assert list(tables.agreement(fit).shown.columns) == ["Latent r", "Total r"]
    assert not [name for name in tables.covariate_effects(fit).shown if "minus" in name]


def test_one_informant_has_averages_and_deviations_and_nothing_to_agree_with():
    fit = hand_made.fit(("child",), covariates=False)
    assert tables.fixed_effects(fit).shown.shape == (2, 4)
    assert list(tables.variation(fit).shown.columns) == ["SD", "With level"]
    with pytest.raises(InputError, match="at least two informants"):
        tables.agreement(fit)
    with pytest.raises(InputError, match="with_covariates"):
        tables.covariate_effects(fit)


def test_fits_of_the_search_for_tipping_points_are_counted_apart():
    study = made_studies.prior_study()
    assert "in search of" not in tables.prior_sensitivity(study).note
    for n, said in (
        (1, "1 further fit was made in search of tipping points."),
        (10, "10 further fits were made in search of tipping points."),
    ):
        searched = replace(study, searched=n)
        assert said in tables.prior_sensitivity(searched).note
        assert repr(searched).startswith(f"Prior study, 4 fits, and {n} more in search of tipping")
        assert searched.done == 4 + n


def test_the_note_of_an_atlas_says_errors_of_fits_and_of_what_is_reweighted():
    study = made_studies.atlas()
    assert "standard errors are at most .003 of fits." in tables.atlas(study).note
    weighted = study.table["what"] == "prior"
    table = study.table.assign(
        how=np.where(weighted, "reweighted", "refit"), mcse=np.where(weighted, 0.0062, 0.0034)
    )
    said = tables.atlas(replace(study, table=table)).note
    assert "at most .003 of fits and .006 of what is reweighted." in said


def test_quantities_that_cannot_exceed_one_have_no_zero_before_the_point(fit):
    shown = tables.agreement(fit).shown
    for name in ("Latent r", "Total r", "Concordance"):
        assert not shown[name].str.contains(r"\b0\.").any()
    assert not tables.variation(fit).shown["1"].str.contains(r"\b0\.").any()


def test_power_scaling_shows_growth_and_whatever_leans_on_a_prior():
    study = made_studies.power_scaling()
    shown = tables.prior_sensitivity(study).shown.index
    assert list(shown) == [
        "level (child)",
        "SD between children (child, level)",
        "slope change 1 (therapist of child)",
    ]
    chosen = tables.prior_sensitivity(study, quantities=["residual_sd[child]"]).shown
    assert chosen.loc["SD of residuals (child)", "Likelihood"] == "0.130"


def test_prior_driven_quantities_are_marked(fit):
    table = tables.variation(fit, prior=fit)  # against itself nothing was learnt
    assert table.frame["prior_driven"].all()
    assert table.shown["SD"].str.endswith("†").all()
    assert "† The ratings took away less than half" in table.note
    assert "†" not in tables.variation(fit).note


@by_name
def test_the_note_says_that_data_are_synthetic(table):
    if table.name != "power_scaling":
        assert table.note.startswith("SYNTHETIC DATA.")


@pytest.mark.parametrize("table", OF_A_FIT, indirect=True)
def test_the_note_says_model_priors_draws_and_intervals(table):
    for text in ("Model: ", "Priors, in units of the scale (center 30, spread 18 points)", "95%"):
        assert text in table.note
    assert "Draws: 2 chains of 50." in table.note


@by_name
def test_html_holds_the_same_cells_and_every_heading_has_its_scope(table):
    html = table.to_html()
    headings = re.findall(r"<th[ >][^>]*>", html)
    assert headings
    assert all("scope=" in heading for heading in headings)
    body = html.partition("<tbody>")[2]
    cells = [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", body)]
    assert cells == table.shown.astype(str).to_numpy().ravel().tolist()
    assert html.count("<em>Note.</em>") == 1
    assert table.to_html() == table._repr_html_()


@by_name
def test_markdown_holds_the_same_cells(table):
    lines = [line for line in table.to_markdown().splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line[2:-2].split(" | ")] for line in lines[2:]]
    assert rows == table.flat.to_numpy().tolist()


@by_name
def test_latex_holds_the_same_numbers_and_horizontal_rules_only(table):
    latex = table.to_latex()
    body = latex.partition("\\midrule\n")[2].partition("\\bottomrule")[0]
    rows = [line.removesuffix(" \\\\").split(" & ") for line in body.strip().splitlines()]
    flat = table.flat.to_numpy().tolist()
    assert len(rows) == len(flat)
    for row, wanted in zip(rows, flat, strict=True):
        plain = [cell.replace("$-$", "−").replace("$<$", "<").replace("$>$", ">") for cell in row]
        assert [NUMBER.findall(cell) for cell in plain] == [NUMBER.findall(cell) for cell in wanted]
    assert "\\hline" not in latex
    assert "|" not in re.search(r"\\begin\{tabular\}\{(.*)\}", latex).group(1)


def test_latex_escapes_what_latex_would_read():
    fit = hand_made.fit(("50%_a&b", "$x#{}"), covariates=False)
    latex = tables.fixed_effects(fit).to_latex()
    assert "50\\% a\\&b" in latex
    assert "\\$x\\#\\{\\}" in latex
    unescaped = re.compile(r"(?<!\\)[%#]")
    assert [line for line in latex.splitlines() if unescaped.search(line)] == [
        "% needs \\usepackage{adjustbox,booktabs,threeparttable}"
    ]


def test_a_wide_latex_table_is_turned_on_its_side(fit):
    narrow, wide = tables.fixed_effects(fit).to_latex(), tables.variation(fit).to_latex()
    assert "\\begin{table}[htbp]" in narrow
    assert "sidewaystable" not in narrow
    assert "\\begin{sidewaystable}" in wide
    assert wide.rstrip().endswith("\\end{sidewaystable}")
    assert "rotating" in wide.splitlines()[0]


@pytest.mark.builds
def test_word_text_never_ends_a_line_between_a_minus_and_its_number(fit):
    said = "changes by -0.24 [-1.2, -.1] in well-being, anxiety-15 of 4-6"
    made = docx.Document(
        BytesIO(
            word.document(of_a_fit(fit), text=[("Results", [Passage(head="Change", text=said)])])
        )
    )
    written = made.paragraphs[2].text
    assert written == "changes by −0.24 [−1.2, −.1] in well-being, anxiety-15 of 4-6"


def test_html_escapes_names_from_the_data():
    fit = hand_made.fit(("<b>x</b>", "b"), covariates=False)
    assert "<b>" not in tables.agreement(fit).to_html()


@pytest.mark.builds
@by_name
def test_word_holds_the_same_cells_title_and_note(table, tmp_path):
    document = docx.Document(table.to_docx(tmp_path / "table.docx"))
    (made,) = document.tables
    cells = [[cell.text.replace("\u00a0", " ") for cell in row.cells] for row in made.rows]
    assert cells[0] == list(table.flat.columns)
    assert cells[1:] == table.flat.to_numpy().tolist()
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts == [table.title, f"Note. {table.note}"]


def test_a_wide_table_is_turned_on_its_side(fit, tmp_path):
    narrow = docx.Document(tables.fixed_effects(fit).to_docx(tmp_path / "narrow.docx"))
    wide = docx.Document(tables.variation(fit).to_docx(tmp_path / "wide.docx"))
    for document, on_its_side in ((narrow, False), (wide, True)):
        (section,) = document.sections
        assert (section.page_width > section.page_height) is on_its_side


@pytest.mark.builds
def test_every_page_of_a_word_document_has_one_size_and_columns_fit_between_its_margins(fit):
    document = docx.Document(
        BytesIO(
            word.document(of_a_fit(fit), text=[("Method", [Passage(head="Model", text="Text.")])])
        )
    )
    sizes = [(section.page_width, section.page_height) for section in document.sections]
    assert {frozenset(size) for size in sizes} == {frozenset((7560310, 10692130))}
    widest = max(width for width, _ in sizes) - 2 * 720000
    for made in document.tables:
        assert sum(column.width for column in made.columns) <= widest
        cells = [cell.width for cell in made.rows[0].cells]
        assert cells == [column.width for column in made.columns]


def test_without_python_docx_the_extra_is_named(fit, tmp_path, monkeypatch):
    monkeypatch.setattr(word, "docx", None)
    with pytest.raises(InputError, match=r"pip install 'bayes-alliance\[word\]'"):
        tables.fixed_effects(fit).to_docx(tmp_path / "table.docx")
    assert not list(tmp_path.iterdir())


@by_name
def test_csv_holds_the_numbers_in_full_precision(table, tmp_path):
    found = pd.read_csv(table.to_csv(tmp_path / "table.csv"), keep_default_na=False, dtype=str)
    wanted = pd.read_csv(
        StringIO(table.frame.to_csv(index=False)), keep_default_na=False, dtype=str
    )
    pd.testing.assert_frame_equal(found, wanted)
    assert len(found) >= 1


@pytest.mark.parametrize("model", ["common_factor", "separate_levels"])
def test_the_note_names_the_model_that_was_fitted(model):
    note = tables.fixed_effects(hand_made.fit(model=model, covariates=False)).note
    assert load_model(model).title in note
    assert ("common factor" in note) is (model == "common_factor")


def test_what_is_said_of_intervals_of_all_together_is_what_the_kept_study_found() -> None:
    rows = json.loads((RESULTS / "mean_flat.json").read_text(encoding="utf-8"))["rows"]
    covered = [
        row["coverage_of_90"]
        for row in rows
        if row["prior"] == "flat" and row["kind"].startswith("ICC")
    ]
    for name in ("usual_care", "prior"):
        kept = pd.read_csv(COVERAGE / f"{name}.csv", index_col="estimand")["covered"]
        covered += kept[kept.index.str.startswith("intraclass")].tolist()
    assert len(covered) == 8
    ends = [f"{share:.0%}" for share in (min(covered), max(covered))]
    assert re.findall(r"\b\d+%(?= to|.of the time)", coverage.OF_ALL_TOGETHER) == ends
