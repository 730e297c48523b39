"""The typed front door: what an editor and mypy see is what there is."""

import ast
import importlib
import os
import subprocess
import sys
from pathlib import Path

import jedi
import pytest

import bayes_alliance as ba

ROOT = Path(__file__).parents[1]
STUBS = sorted((ROOT / "bayes_alliance").rglob("__init__.pyi"))
SHOWN = {
    "ba.fit": "fit(spec: ModelSpec, ratings: Ratings, *, seed: ",
    "ba.read_ratings": "read_ratings(path: str | Path | Frame, *, study: ",
    "ba.agreement.correlation": "correlation(fit: Fit, *, level: ",
    "ba.variance.shares": "shares(fit: Fit, *, time: ",
    "ba.plots.trajectories": "trajectories(fit: Fit, *, by: ",
    "ba.tables.summarise": "summarise(draws: ",
    "ba.report.write": "write(fit: Fit, folder: str | Path, *, checks: ",
}
SCRIPT = """
import bayes_alliance as ba

reveal_type(ba.fit)
reveal_type(ba.agreement.correlation)
ratings = ba.read_ratings("ratings.csv", study="study.toml")
spec = ba.load_model("informant_growth")
fit = ba.fit(spec, ratings, seed=1, draws=500)
reveal_type(fit)
ba.tables.summarise(ba.variance.shares(fit, of="slope"))
ba.plots.trajectories(fit, by="anxiety")
page = ba.report.write(fit, "report")
reveal_type(page)
ba.fit("informant_growth", ratings, seed=1)  # wrong
ba.fit(spec, ratings)  # wrong
ba.fit(spec, ratings, seed=1, drwas=500)  # wrong
ba.fit(spec, ratings, seed=1, engine="steam")  # wrong
ba.agreement.correlation(spec)  # wrong
ba.variance.shares(fit, of=3)  # wrong
ba.checks.convergance(fit)  # wrong
ba.nothing  # wrong
"""


def _handed_on(stub: Path) -> list[tuple[str, str]]:
    """Module and name of everything a stub hands on."""
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    return [
        (entry.module or "", alias.name)
        for entry in tree.body
        if isinstance(entry, ast.ImportFrom)
        for alias in entry.names
    ]


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.parent.name)
def test_a_stub_hands_on_what_the_package_has(stub: Path) -> None:
    package = ".".join(stub.parent.relative_to(ROOT).parts)
    loaded = importlib.import_module(package)
    handed_on = _handed_on(stub)
    assert sorted(loaded.__all__) == sorted(name for _, name in handed_on)
    for module, name in handed_on:
        home = importlib.import_module(f"{package}.{module}" if module else f"{package}.{name}")
        assert getattr(loaded, name) is (getattr(home, name) if module else home)


def test_every_package_that_loads_lazily_has_a_stub() -> None:
    lazy = [
        file
        for file in (ROOT / "bayes_alliance").rglob("__init__.py")
        if "lazy_loader" in file.read_text(encoding="utf-8")
    ]
    assert sorted(file.with_suffix(".pyi") for file in lazy) == STUBS
    assert (ROOT / "bayes_alliance" / "py.typed").exists()


@pytest.mark.parametrize("name", SHOWN)
def test_an_editor_shows_signatures(name: str) -> None:
    script = jedi.Script(
        f"import bayes_alliance as ba\n{name}(",
        project=jedi.Project(ROOT),
        environment=jedi.InterpreterEnvironment(),
    )
    (signature,) = script.get_signatures()
    assert signature.to_string().startswith(SHOWN[name])


def test_an_editor_completes_names() -> None:
    script = jedi.Script("import bayes_alliance as ba\nba.", project=jedi.Project(ROOT))
    assert set(ba.__all__) <= {one.name for one in script.complete()}


@pytest.mark.builds
def test_mypy_knows_what_functions_take_and_return(tmp_path: Path) -> None:
    file = tmp_path / "session.py"
    file.write_text(SCRIPT)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", ROOT / "pyproject.toml", file],
        cwd=ROOT,
        env=os.environ | {"MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in checked.stdout.splitlines() if "session.py:" in line]
    lines = SCRIPT.splitlines()
    wrong = [number for number, line in enumerate(lines, 1) if line.endswith("# wrong")]
    errors = {int(line.split(":")[1]) for line in said if ": error:" in line}
    assert errors == set(wrong), checked.stdout
    revealed = [line for line in said if "Revealed type" in line]
    for shown, part in zip(
        revealed,
        ("seed: ", "-> xarray", "bayes_alliance.posterior.fit.Fit", "pathlib.Path"),
        strict=True,
    ):
        assert part in shown
