"""Figures as the contents of files, rendered here and in a process beside this one.

Rendering is most of what a report costs, and every figure is rendered by itself. `beside` starts a
fresh process, which is ready by the time the first figures are drawn; `begun` hands it a figure and
`finished` renders here what it has not come to. Without that process, or if it fails, everything is
rendered here, with the same result. Nothing of the package is imported that is not needed for it.
"""

import io
import signal
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import loky
import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# No dates: the same figure is the same file. Pixels packed a little less, in half of the time.
OPTIONS: dict[str, dict[str, Any]] = {
    "pdf": {"metadata": {"CreationDate": None}},
    "svg": {"metadata": {"Date": None}},
    "png": {"pil_kwargs": {"compress_level": 2}},
}
PATIENCE = 60.0  # seconds after which a figure is rendered here that should have come

type Rules = Mapping[str, Any]  # settings of matplotlib
type Contents = dict[str, bytes]  # by format


@dataclass(frozen=True, kw_only=True, eq=False)
class Process:
    """A process that renders figures beside this one, one after the other.

    Parameters
    ----------
    lane : Executor
        A thread that hands over one figure at a time. The process itself would be given most of
        them at once, and little would be left to render here meanwhile.
    """

    pool: Executor
    lane: Executor


@dataclass(frozen=True, kw_only=True, eq=False)
class Begun:
    """A figure that is being rendered, or will be.

    Parameters
    ----------
    elsewhere : Future, optional
        Its contents, from the process beside this one.
    """

    figure: Figure
    formats: tuple[str, ...]
    rules: Rules
    elsewhere: Future[Contents] | None


@contextmanager
def applied(rules: Rules) -> Iterator[None]:
    """Draw by some settings of matplotlib; what was set before comes back afterwards.

    Only these settings: the first figure of a notebook switches matplotlib to showing figures
    there, and giving everything back (as `matplotlib.rc_context` does) would undo that.
    """
    settings: MutableMapping[Any, Any] = mpl.rcParams
    before = {name: settings[name] for name in rules}
    settings.update(rules)
    try:
        yield
    finally:
        settings.update(before)


def rendered(figure: Figure, *, formats: tuple[str, ...], rules: Rules) -> Contents:
    """Render a figure as the contents of files, one per format.

    Its layout is computed once, for the first of the formats.

    Parameters
    ----------
    formats : tuple of str
        ``"pdf"``, ``"svg"``, ``"png"``.
    rules : mapping
        The settings it was drawn by.
    """
    contents = {}
    layout = figure.get_layout_engine()
    with applied(rules):
        if layout is not None:
            shown_at = figure.dpi
            # Text has another width at another resolution: room is made at that of the file.
            figure.set_dpi(float(mpl.rcParams["savefig.dpi"]))
            layout.execute(figure)
            _rounded(figure)
            figure.set_dpi(shown_at)
        mpl.rcParams["figure.constrained_layout.use"] = False
        figure.set_layout_engine(None)
        for ending in formats:
            stream = io.BytesIO()
            figure.savefig(stream, format=ending, **OPTIONS.get(ending, {}))
            contents[ending] = stream.getvalue()
    figure.set_layout_engine(layout)
    return contents


def _rounded(figure: Figure) -> None:
    """Round the places of axes, which the solver of layouts gives with another last bit each time.

    Parts of a file are named by them; rounded, the same figure is the same file in every process.
    """
    for ax in figure.axes:
        in_layout = ax.get_in_layout()
        left, bottom, width, height = (
            round(float(edge), 11) for edge in ax.get_position(original=True).bounds
        )
        ax.set_position((left, bottom, width, height))
        ax.set_in_layout(in_layout)


@contextmanager
def beside(*, formats: tuple[str, ...], rules: Rules) -> Iterator[Process | None]:
    """Start a process that renders figures; it ends with the block.

    Parameters
    ----------
    formats, rules
        As in `rendered`: what they need is loaded before the first figure comes.

    Yields
    ------
    Process or None
        For `begun`. None where there is one processor, or no process can be started.
    """
    if loky.cpu_count() < 2:
        yield None
        return
    try:
        # A fresh interpreter: a forked copy of a process with threads can hang. Ctrl-C reaches
        # both; this process alone listens, and stops the other.
        pool = loky.ProcessPoolExecutor(
            1, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
        )
        pool.submit(_apart, Figure(), formats, rules)
    except (OSError, ImportError, RuntimeError):
        yield None
        return
    lane = ThreadPoolExecutor(1)
    try:
        yield Process(pool=pool, lane=lane)
    finally:
        lane.shutdown(wait=False, cancel_futures=True)
        pool.shutdown(kill_workers=True)


def begun(
    figure: Figure, *, formats: tuple[str, ...], rules: Rules, process: Process | None
) -> Begun:
    """Begin to render a figure that is not shown, and will not change.

    Parameters
    ----------
    formats, rules
        As in `rendered`.
    process : Process or None
        As from `beside`.
    """
    # Its own canvas, as in the process beside this one: that of a window may end with it.
    FigureCanvasAgg(figure)
    if process is None:
        return Begun(figure=figure, formats=formats, rules=rules, elsewhere=None)
    elsewhere = process.lane.submit(_elsewhere, process.pool, figure, formats, rules)
    return Begun(figure=figure, formats=formats, rules=rules, elsewhere=elsewhere)


def finished(figures: Sequence[Begun]) -> list[Contents]:
    """Render what has not been begun elsewhere, and wait for the rest.

    Returns
    -------
    list of dict
        As from `rendered`, in the order of the figures.
    """
    made: dict[int, Contents] = {}
    # From the end: the other process goes on from the beginning.
    for place, one in reversed(list(enumerate(figures))):
        if one.elsewhere is None or one.elsewhere.cancel():
            made[place] = _here(one)
    for place, one in enumerate(figures):
        if one.elsewhere is not None and place not in made:
            failed = one.elsewhere.exception() is not None
            made[place] = _here(one) if failed else one.elsewhere.result()
    return [made[place] for place in range(len(figures))]


def _here(one: Begun) -> Contents:
    return rendered(one.figure, formats=one.formats, rules=one.rules)


def _elsewhere(pool: Executor, figure: Figure, formats: tuple[str, ...], rules: Rules) -> Contents:
    return pool.submit(_apart, figure, formats, rules).result(timeout=PATIENCE)


def _apart(figure: Figure, formats: tuple[str, ...], rules: Rules) -> Contents:
    """Render a figure that came from another process, without the canvas it had there."""
    FigureCanvasAgg(figure)
    return rendered(figure, formats=formats, rules=rules)
