"""The documentation site builds without a warning, asks nothing of the network, and has code that
names nothing unknown.
"""

import ast
import builtins
import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bayes_alliance as ba

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "models").glob("*.md"), *(ROOT / "docs").glob("*.md")]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
# What takes minutes is introduced in words: "`study` is what `ba.sensitivity.grid` returns".
INTRODUCED = re.compile(r"`(\w+)`(?: is)? what\s+`(ba\.[\w.]+)`")


@pytest.mark.builds
def test_the_site_builds_from_docstrings_models_and_notebooks(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", "docs", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    agreement = (tmp_path / "generated" / "api" / "agreement.html").read_text()
    assert "intraclass_agreement" in agreement
    assert "<math" in agreement
    models = (tmp_path / "generated" / "models.html").read_text()
    assert "growth_with_ceiling" in models
    quantities = (tmp_path / "generated" / "quantities.html").read_text()
    for name in ba.list_models()["name"]:
        for key, quantity in ba.load_model(name).quantities.items():
            assert f">{key}<" in quantities, key
            assert html.escape(quantity.meaning, quote=False) in quantities.replace("’", "'"), key
    for page in tmp_path.rglob("*.html"):
        text = page.read_text()
        # Links may lead out; nothing may be loaded from there.
        assert not re.findall(r'<(?:script|img)[^>]*src="(?:https?:)?//', text), page
        assert not re.findall(r'<link[^>]*rel="stylesheet"[^>]*href="(?:https?:)?//', text), page
        for target in re.findall(r'<img[^>]*src="([^"#:]+)"', text):
            assert (page.parent / target).exists(), (page, target)


def _unknown(blocks: list[str], known: set[str]) -> list[str]:
    """Names that no block has bound up to there, and attributes of the package that are not."""
    known, unknown = known | set(dir(builtins)), []
    for block in blocks:
        nodes = list(ast.walk(ast.parse(block)))
        for node in nodes:
            match node:
                case ast.alias():
                    known.add(node.asname or node.name.partition(".")[0])
                case ast.Name(ctx=ast.Store()):
                    known.add(node.id)
                case ast.arg():
                    known.add(node.arg)
                case ast.FunctionDef() | ast.ClassDef():
                    known.add(node.name)
        for node in nodes:
            match node:
                case ast.Name(ctx=ast.Load()) if node.id not in known:
                    unknown.append(node.id)
                case ast.Attribute() if ast.unparse(node).startswith("ba."):
                    path = ast.unparse(node)
                    if re.fullmatch(r"[\w.]+", path) and not _is_there(path):
                        unknown.append(path)
    return unknown


def _is_there(path: str) -> bool:
    value: object = ba
    for name in path.split(".")[1:]:
        if not hasattr(value, name):
            return False
        value = getattr(value, name)
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_code_of_a_page_names_what_it_imports_or_what_earlier_code_made(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    introduced = dict(INTRODUCED.findall(text))
    assert all(map(_is_there, introduced.values())), introduced
    assert _unknown(BLOCK.findall(text), set(introduced)) == []


def test_code_that_names_what_nothing_made_is_told_from_code_that_does() -> None:
    made = "from pathlib import Path\nwhere = Path('a')\n"
    assert _unknown([made, "where.exists()"], set()) == []
    assert _unknown(["where.exists()", made], set()) == ["where"]
    assert _unknown(["import bayes_alliance as ba\nba.plots.flow; ba.plots.flaw"], set()) == [
        "ba.plots.flaw"
    ]
