"""Work of the tests of `studies.runner`, in a module of its own: processes load nothing else."""

import os
import signal
import time
from pathlib import Path


def squared(piece: dict) -> dict:
    """The work of these tests."""
    if piece["x"] == 3:
        raise ValueError("three is bad luck")
    return {"y": piece["x"] ** 2}


def counted(piece: dict) -> dict:
    """Leaves a file behind for every call."""
    path = Path(piece["folder"]) / f"{piece['x']}.{len(list(Path(piece['folder']).iterdir()))}"
    path.write_text("")
    return {"y": piece["x"]}


def interrupted(piece: dict) -> dict:
    """Stops at the third piece, as Ctrl-C would."""
    if piece["x"] == 3:
        raise KeyboardInterrupt
    return {"y": piece["x"] ** 2}


def dying(piece: dict) -> dict:
    """Is killed at the third piece."""
    if piece["x"] == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"y": piece["x"] ** 2}


def waiting(piece: dict) -> dict:
    """Says which process it is in, and stays there."""
    Path(piece["folder"], str(os.getpid())).touch()
    time.sleep(60)
    return {}
