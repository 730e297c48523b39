"""What all tests share: fits made once for every worker, and marks that say what a test costs.

Marks (`pyproject.toml`): ``samples``, ``compiles``, ``builds``, ``thorough`` and ``long``; tests
without one are those of ``make quick``. That a test which samples or compiles says so is watched
here. Results of ``make long``, which is run before a release and not by every change, are kept in
`tests/reference/long.csv`.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

# Tests run side by side, and so do processes that some of them start. Threads for small matrices
# would be in the way of all; read when NumPy and SciPy are loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MKL_NUM_THREADS", "1")
# Looking up the lines of Python in which each node of a graph was made, for messages of errors, is
# a quarter of what it costs to build the graph. Read when PyTensor is loaded.
os.environ.setdefault("PYTENSOR_FLAGS", "traceback__limit=0")

import loky
import pandas as pd
import pytest
from filelock import FileLock
from hypothesis import settings

import bayes_alliance as ba
from bayes_alliance.posterior.fit import Fit
from bayes_alliance.posterior.sampling import nutpie
from bayes_alliance.reporting import rendering
from bayes_alliance.reporting.document import composition
from tests import pictures

type FitOfExample = Callable[[str], Fit]

# Graphs and figures are many small objects that stay; to look through them as often as Python does
# otherwise is a tenth of what the tests cost.
gc.set_threshold(100_000, 50, 100)

# The same examples in every run: no change is refused for what another one would have been, too.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")

KEPT = Path(__file__).parent / "reference" / "long.csv"
# Draws, warm-up included, beyond which a test says that it samples: about a second's worth.
FEW_DRAWS = 1000
# Fixtures that cost more than the tests that ask for them.
DEAR = {"fit_of_example": pytest.mark.samples, "report_of_hand_made": pytest.mark.builds}
LONG_TESTS = pytest.StashKey[list[str]]()
_running: list[pytest.Item] = []


@pytest.fixture(scope="session")
def fit_of_example(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> FitOfExample:
    """A shipped model fitted to the shipped example, with all settings left open.

    Made by the first test that asks, whichever worker runs it, and read from disk by the others.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base if worker_id == "master" else base.parent

    @cache
    def fitted(model: str) -> Fit:
        file = shared / f"fit_of_example_{model}.nc"
        with FileLock(f"{file}.lock"):
            if not file.exists():
                spec = ba.load_model(model)
                items = spec.likelihood.family == "ordinal"
                ratings = ba.load_example("usual_care_items" if items else "usual_care")
                ba.fit(spec, ratings, seed=1, progress=False).save(file)
        return ba.Fit.load(file)

    return fitted


@pytest.fixture(scope="session", autouse=True)
def figures_for_paper() -> Iterator[tuple[str, ...]]:
    """All formats of figures. Reports are written without pdf, which is most of what they cost.

    Nor are there many pixels in their pictures. That of the posterior made by hand has all. Figures
    are rendered in the process of the test: another one would compete with the tests that run
    beside this one.
    """
    every = composition.PREVIEW
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(composition, "PREVIEW", tuple(one for one in every if one != "pdf"))
        patch.setitem(rendering.OPTIONS, "png", pictures.SMALL)
        patch.setattr(loky, "cpu_count", lambda: 1)
        yield every


@pytest.fixture(scope="session", autouse=True)
def _graphs_share_draws() -> Iterator[None]:
    """Of correlation matrices, where any test that was collected builds graphs."""
    if "pymc" not in sys.modules:  # it takes seconds to load
        yield
        return
    from tests.pymc_model import drawing

    with pytest.MonkeyPatch.context() as patch:
        drawing.share(patch)
        yield


@pytest.fixture
def whole_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """All pixels of what a test renders."""
    monkeypatch.setitem(rendering.OPTIONS, "png", pictures.WHOLE)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where results of long tests are kept."""
    parser.addoption("--keep", action="store_true", help=f"keep the results in {KEPT.name}")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Who asks for something dear is marked; long tests are listed before they are left out."""
    for item in items:
        for fixture, mark in DEAR.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)
    config.stash[LONG_TESTS] = [item.nodeid for item in items if item.get_closest_marker("long")]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Remember which test is running: fixtures of modules are made for the first that asks.

    Its figures are closed; matplotlib warns of many, and counts those of all tests of a process.
    """
    _running[:] = [item]
    value = yield
    if (pyplot := sys.modules.get("matplotlib.pyplot")) is not None:
        pyplot.close("all")
    return value


@pytest.fixture(scope="session", autouse=True)
def _costs_are_marked() -> Iterator[None]:
    """Fail a test that samples or compiles and does not say so."""
    sample, compiled = nutpie.sample, nutpie.compile_pymc_model

    def must_be(mark: str) -> None:
        if not any(_running[0].get_closest_marker(one) for one in (mark, "builds", "long")):
            # No exception that code under test would catch.
            pytest.fail(f"{_running[0].nodeid} is not marked `{mark}`")

    def sampling(*arguments: object, **options: int) -> object:
        draws = options["chains"] * (options["draws"] + options["tune"])
        if draws > FEW_DRAWS:
            must_be("samples")
        return sample(*arguments, **options)

    def compiling(*arguments: object, **options: object) -> object:
        must_be("compiles")
        return compiled(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nutpie, "sample", sampling)
        patch.setattr(nutpie, "compile_pymc_model", compiling)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[pytest.TestReport]:
    """Note what a long test found, if results are kept."""
    report = yield
    kept = item.config.getoption("keep") and item.get_closest_marker("long")
    if kept and report.when == "call":
        row = {"test": item.nodeid, "outcome": report.outcome, "seconds": round(report.duration)}
        row |= {"version": ba.__version__, "processors": os.cpu_count() or 1}
        old = pd.read_csv(KEPT) if KEPT.exists() else pd.DataFrame(columns=list(row))
        table = pd.concat([old[old["test"] != item.nodeid], pd.DataFrame([row])])
        table.sort_values("test").to_csv(KEPT, index=False)
    return report
