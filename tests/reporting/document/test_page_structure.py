"""The page reads on a phone, in the dark and on paper: its structure, and a browser's view of it.

A browser measures where one is installed (Chromium, Chrome or Firefox); elsewhere the structure is
looked at: what is wide scrolls inside itself, nothing is wider than a phone, no script is needed.
"""

import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from tests.reporting.page import Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next((path for name in BROWSERS if (path := shutil.which(name))), None)
PHONE = 390  # pixels


@pytest.fixture(scope="module")
def html(report_of_hand_made: Path) -> str:
    return (report_of_hand_made / "report.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_the_answer_comes_first_and_the_checks_are_a_badge_with_their_section(html: str) -> None:
    assert html.index('class="badge fail"') < html.index('id="main"') < html.index("<nav")
    assert html.index('id="main"') < html.index('id="growth"') < html.index('id="checks"')
    assert '<a href="#checks">Checks: convergence' in html


def test_every_table_scrolls_inside_itself(page: Page) -> None:
    tags = [(tag, found) for tag, found in page.starts if tag in ("table", "div", "tr")]
    for (_, before), (tag, _) in pairwise(tags):
        if tag == "table":
            assert before.get("class") == "wide"
            assert before["tabindex"] == "0"


def test_long_tables_of_code_are_folded_and_those_of_the_paper_are_not(html: str) -> None:
    folded = re.findall(r'<details class="fold">.*?</details>', html, flags=re.DOTALL)
    inside = {name for part in folded for name in re.findall(r"\(tables/(\w+)\.csv\)", part)}
    assert {"quantities", "estimands", "checklist", "priors"} <= inside
    assert not {"fixed_effects", "agreement_by_pair", "participants"} & inside


def test_every_figure_gets_larger_without_a_script(html: str, page: Page) -> None:
    assert len(re.findall(r"<details><summary title=[^>]*><img ", html)) == len(page.images)
    assert "<script" not in html
    assert not re.search(r"\bon\w+=", html)


def test_nothing_has_a_width_beyond_a_phone(html: str) -> None:
    style = re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL)[0]
    fixed = re.findall(r"(?<![-\w])(?:min-)?width:\s*([\d.]+)(px|rem|em|cm)", style)
    pixels = {"px": 1.0, "rem": 16.0, "em": 16.0, "cm": 37.8}
    assert all(float(size) * pixels[unit] <= PHONE - 32 for size, unit in fixed)
    assert 'content="width=device-width, initial-scale=1"' in html


def test_light_dark_and_print_have_their_rules(html: str) -> None:
    for rule in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem"):
        assert rule in html
    assert "table-header-group" in html
    assert "break-inside: avoid" in html
    # Every colour has a name, so that the dark and the printed page can say another.
    own = html.partition("@media (prefers-color-scheme")[0].partition("* {")[2]
    assert not re.findall(r"(?<!--)color: #\w+", own)


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium or Chrome")
@pytest.mark.parametrize("width", [1280, PHONE])
def test_no_page_overflows_sideways_in_a_browser(
    width: int, report_of_hand_made: Path, tmp_path: Path
) -> None:
    measured, frame = tmp_path / "measured.html", tmp_path / "frame.html"
    text = (report_of_hand_made / "report.html").read_text(encoding="utf-8")
    script = "<script>parent.postMessage(document.documentElement.scrollWidth, '*')</script>"
    measured.write_text(text.replace("</body>", f"{script}</body>"), encoding="utf-8")
    # A browser's own window cannot be as narrow as a phone.
    frame.write_text(
        "<script>onmessage = (sent) => document.title = 'W' + sent.data</script>"
        f"<iframe src='measured.html' width='{width}' height='900' frameborder='0'></iframe>",
        encoding="utf-8",
    )
    assert BROWSER is not None
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1400,1000"]
    done = subprocess.run(
        [BROWSER, *options, "--virtual-time-budget=10000", "--dump-dom", frame.as_uri()],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r"<title>W(\d+)</title>", done.stdout)
    assert found
    assert int(found[1]) <= width
