"""The documentation site builds without a warning and asks nothing of the network."""

import html
import re
import subprocess
import sys
from pathlib import Path

import pytest

import bayes_alliance as ba

ROOT = Path(__file__).parents[2]


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
