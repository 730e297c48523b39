"""Scale: gradient time and memory from 200 to 200,000 children at fixed children per therapist.

Command: ``python -m benchmarks.scale [--largest 200000]``. Each size runs in a process of its own,
whose peak memory during a short sampling run is that of the operating system; ``before`` is the
peak when the ratings and the design were ready, before anything was sampled.
"""

import argparse
import json
import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from benchmarks.report import report

SIZES = (200, 2_000, 20_000, 200_000)


def peak() -> float:
    """Peak memory of this process so far in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def one(n_children: int) -> dict[str, float]:
    """Measure one size in this process."""
    import nutpie

    import bayes_alliance as ba
    from bayes_alliance.collapsed.density import collapse
    from bayes_alliance.collapsed.sampler import sampler_model
    from bayes_alliance.design import design
    from benchmarks.cohort import large_cohort

    spec = ba.load_model("informant_growth")
    arrays = design(spec, large_cohort(n_children))
    before = peak()
    model = collapse(spec, arrays)
    density, x = model.density(), model.initial(1)
    density(x)
    times = []
    for _ in range(7):
        started = time.perf_counter()
        density(x)
        times.append(time.perf_counter() - started)
    nutpie.sample(
        sampler_model(model),
        draws=5,
        tune=5,
        chains=4,
        cores=2,
        seed=1,
        progress_bar=False,
        maxdepth=3,
    )
    return {
        "children": n_children,
        "gradient_ms": round(1e3 * float(np.median(times)), 3),
        "microseconds_per_child": round(1e6 * float(np.median(times)) / n_children, 3),
        "before_gb": round(before, 2),
        "peak_gb": round(peak(), 2),
    }


def main() -> None:
    """Measure every size and report."""
    parser = argparse.ArgumentParser(description="Scale.")
    parser.add_argument("--largest", type=int, default=200_000)
    parser.add_argument("--one", type=int)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(one(options.one)))
        return
    rows = []
    for n_children in (size for size in SIZES if size <= options.largest):
        command = [sys.executable, "-m", "benchmarks.scale", "--one", str(n_children)]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        rows.append(json.loads(output.splitlines()[-1]))
    report("scale", pd.DataFrame(rows), about="Collapsed engine: gradient time and peak memory")


if __name__ == "__main__":
    main()
