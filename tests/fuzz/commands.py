"""Commands as users run them, each in a process of its own, to which something happens."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path

from bayes_alliance.cli import main

PATIENCE = 600.0  # seconds after which a command hangs
BEGUN = ("study.toml", "fit.nc")  # the first files that commands read
PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.fuzz.preloaded"])


@dataclass(frozen=True, kw_only=True)
class Said:
    """How a command ended.

    Parameters
    ----------
    code : int
        Exit code; negative where a signal ended it.
    seconds : float
        From its first look at a file to its end.
    """

    code: int
    stdout: str
    stderr: str
    seconds: float


def command(
    arguments: Sequence[object],
    folder: Path,
    *,
    after: float = 0.0,
    happens: Callable[[int], None] | None = None,
) -> Said:
    """Run a command in a folder.

    Parameters
    ----------
    after : float
        Seconds from its first look at a file to what happens.
    happens : callable
        Takes the number of the process.
    """
    begun = PROCESSES.Event()
    said = folder.with_name(f"{folder.name}-said")
    said.mkdir(exist_ok=True)
    process = PROCESSES.Process(
        target=_run, args=([str(one) for one in arguments], folder, said, begun)
    )
    process.start()
    assert process.pid is not None
    while not begun.wait(0.01) and process.is_alive():
        pass
    started = time.monotonic()
    if happens is not None:
        process.join(after)
        if process.is_alive():
            happens(process.pid)
    process.join(PATIENCE)
    assert process.exitcode is not None, "hangs"
    seconds = time.monotonic() - started
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)  # what it began, if it was killed
    stdout, stderr = ((said / name).read_text(encoding="utf-8") for name in ("out", "err"))
    return Said(code=process.exitcode, stdout=stdout, stderr=stderr, seconds=seconds)


def _run(arguments: list[str], folder: Path, said: Path, begun: Event) -> None:
    os.setsid()
    for name, stream in (("out", 1), ("err", 2)):
        os.dup2(os.open(said / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), stream)
    os.chdir(folder)
    os.environ["HOME"] = str(folder / "home")
    os.environ["LOKY_MAX_CPU_COUNT"] = "1"  # figures are rendered here, not in another interpreter
    sys.argv = ["bayes-alliance", *arguments]

    def noted(event: str, about: tuple[object, ...]) -> None:
        if event == "open" and str(about[0]).endswith(BEGUN):
            begun.set()

    sys.addaudithook(noted)
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    sys.stdout.flush()
    sys.stderr.flush()
    # What this process copied from others has nothing to put away.
    os._exit(code)


@dataclass(frozen=True, kw_only=True)
class Disk:
    """A small disk of its own, which can be filled or locked at any moment.

    Parameters
    ----------
    place : Path
        Where it is mounted.
    """

    place: Path

    def fill(self, _: int) -> None:
        """Leave no room."""
        with (self.place / "ballast").open("wb", buffering=0) as ballast:
            try:
                while True:
                    ballast.write(b"\0" * 65536)
            except OSError:
                return

    def lock(self, _: int) -> None:
        """Let nobody write, as soon as nobody does."""
        deadline = time.monotonic() + PATIENCE
        while not self._mounted("remount,ro"):
            assert time.monotonic() < deadline
            time.sleep(0.002)

    def mend(self) -> None:
        """Make it what it was."""
        assert self._mounted("remount,rw")
        (self.place / "ballast").unlink(missing_ok=True)

    def _mounted(self, options: str) -> bool:
        asked = ["mount", "-o", options, str(self.place)]
        return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def small_disk(place: Path) -> Disk | None:
    """Mount a disk of 128 MB; None where that is not allowed."""
    place.mkdir()
    mount = shutil.which("mount")
    asked = [mount or "mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", str(place)]
    allowed = mount and subprocess.run(asked, capture_output=True, check=False).returncode == 0
    return Disk(place=place) if allowed else None
