"""Assurance against brute force: studies simulated and fitted without the code of assurance.

At three designs, studies are made by `ba.simulate`, which draws effects and ratings by itself, and
fitted in full by `ba.fit`; the share that supports a conclusion is compared with that of
`ba.assurance.of` for the same truth, by short chains from the mode. Every study is a line
of `results/assurance.jsonl`; the command goes on where it stopped.

    python -m benchmarks.assurance [--fits 400]
"""

import argparse
import json
import time
from pathlib import Path

import bayes_alliance as ba
from bayes_alliance.ratings.simulation import Population, Recording, Variation
from bayes_alliance.ratings.variables import Scale, TimeAxis
from bayes_alliance.studies.assurance.shares import interval
from bayes_alliance.studies.conclusions import SUPPORTED, Conclusion, supports

KEPT = Path(__file__).parent / "results" / "assurance.jsonl"
CONCLUSIONS = ("slope[child] > 0", "level[child] - level[caregiver] > 1")
SIZES = (20, 40, 60)
WAY = "approximate"
MORE = 5  # times as many short chains, which take little, so that chance is that of brute force
LEVEL, SLOPE = {"child": 31.0, "caregiver": 28.0}, {"child": 0.7, "caregiver": 0.0}
CHILD_SD, CHILD_COR = {"child,level": 4.0, "caregiver,level": 3.0}, 0.5
RESIDUAL_SD = {"child": 2.5, "caregiver": 2.0}
SHORT = {"chains": 2, "draws": 500, "tune": 300}
POPULATION = Population(
    level=LEVEL,
    slope=SLOPE,
    child=Variation(sd=CHILD_SD, cor={("child,level", "caregiver,level"): CHILD_COR}),
    residual=Variation(sd=RESIDUAL_SD),
    scale=Scale.unbounded(center=30.0, spread=18.0),
    time=TimeAxis(origin=0.0, per=1.0, unit="months"),
)
OCCASIONS = (0.0, 1.0, 2.0)
TRUTH = {
    **{f"level[{k}]": value for k, value in LEVEL.items()},
    **{f"slope[{k}]": value for k, value in SLOPE.items()},
    **{f"child_sd[{term}]": value for term, value in CHILD_SD.items()},
    "child_cor[child,level;caregiver,level]": CHILD_COR,
    **{f"residual_sd[{k}]": value for k, value in RESIDUAL_SD.items()},
}
DESIGN = {
    "model": "informant_level",
    "without": ["therapist"],
    "informants": list(LEVEL),
    "conclusions": list(CONCLUSIONS),
    "occasions": len(OCCASIONS),
    "scale": {"center": 30.0, "spread": 18.0},
    "time": {"first": 0.0, "every": 1.0, "unit": "months"},
    "truth": {"values": TRUTH},
}


def brute_force(families: int, number: int) -> dict[str, float]:
    """Simulate one study by other code, fit it in full, and return what it supports."""
    ratings, _ = ba.simulate(
        POPULATION,
        families=families,
        therapists=0,
        clinics=0,
        recording=Recording(occasions=OCCASIONS),
        seed=1_000_000 * families + number,
    )
    spec = ba.without(ba.load_model("informant_level"), "therapist")
    fitted = ba.fit(spec, ratings, seed=number, progress=False, cores=1, **SHORT)
    return supports(fitted, [Conclusion.parse(text) for text in CONCLUSIONS])


def by_assurance(families: int, fits: int) -> list[dict[str, object]]:
    """The same design by the command that is judged."""
    simulation = {"fits": fits, "method": WAY, "compared": 0, "seed": 7}
    started = time.process_time()
    found = ba.assurance.of(DESIGN | {"families": families, "simulation": simulation})
    seconds = (time.process_time() - started) / fits
    return [
        {
            **{"families": families, "way": WAY, "conclusion": row["conclusion"]},
            **{"reached": round(row["assurance"] * fits), "fits": fits},
            "cpu_seconds_per_study": round(seconds, 3),
        }
        for _, row in found.table.iterrows()
    ]


def main() -> None:
    """Do what is not kept yet, and print the shares beside each other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fits", type=int, default=400)
    fits = parser.parse_args().fits
    lines = [json.loads(line) for line in KEPT.read_text().splitlines()] if KEPT.exists() else []
    with KEPT.open("a") as kept:

        def keep(line: dict) -> None:
            lines.append(line)
            kept.write(json.dumps(line) + "\n")
            kept.flush()

        for families in SIZES:
            short = MORE * fits
            known = {(one["families"], one["way"]) for one in lines if one.get("fits") == short}
            if (families, WAY) not in known:
                for line in by_assurance(families, short):
                    keep(line)
        done = {(one["families"], one["number"]) for one in lines if "number" in one}
        for number in range(1, fits + 1):
            for families in SIZES:
                if (families, number) not in done:
                    support = brute_force(families, number)
                    keep({"families": families, "number": number, "support": support})
    report(lines)


def report(lines: list[dict]) -> None:
    """Print how often each conclusion is reached, with 95% intervals, by each way."""
    for families in SIZES:
        own = [one for one in lines if one["families"] == families]
        studies = [one["support"] for one in own if "number" in one]
        for conclusion in CONCLUSIONS:
            shares = {
                "brute force": (sum(s[conclusion] > SUPPORTED for s in studies), len(studies))
            }
            for one in own:
                if one.get("conclusion") == conclusion:
                    shares[one["way"]] = one["reached"], one["fits"]
            said = [
                f"{way} {reached / n:.3f} ({interval(reached, n)[0]:.3f} to "
                f"{interval(reached, n)[1]:.3f}, {n} studies)"
                for way, (reached, n) in shares.items()
                if n
            ]
            print(f"{families} families, {conclusion}: {'; '.join(said)}")


if __name__ == "__main__":
    main()
