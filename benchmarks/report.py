"""How benchmarks say what they found: a table on the screen, JSON in ``benchmarks/results/``."""

import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

import pandas as pd

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, str]:
    """Processor, how busy it was, system and versions; nothing that names the machine."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0].split(":", 1)[1].strip() if names else model
    packages = ("bayes-alliance", "nutpie", "numba", "numpy", "pymc", "pytensor")
    return {
        "processor": model,
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "system": platform.system(),
        "python": platform.python_version(),
    } | {name: version(name) for name in packages}


def report(name: str, table: pd.DataFrame, *, about: str) -> None:
    """Print a table and keep it.

    Parameters
    ----------
    name : str
        ``benchmarks/results/NAME.json``.
    table : DataFrame
    about : str
        What was measured, in a sentence.
    """
    print(f"\n{about}\n\n{table.to_string(index=False)}\n")
    RESULTS.mkdir(exist_ok=True)
    entry = {"about": about, "machine": machine(), "rows": table.to_dict(orient="records")}
    (RESULTS / f"{name}.json").write_text(json.dumps(entry, indent=1) + "\n")
