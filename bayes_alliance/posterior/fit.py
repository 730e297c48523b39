"""A fit: the posterior of one model for one set of ratings, and all that is needed to trust it.

`fit` runs an engine and returns a `Fit`, a plain value with the specification, the ratings, the
draws of the named moments, the engine, seed, versions and timings. A fit can be saved to one
netCDF file and read back exactly. **A saved fit contains the ratings**: treat the file as you treat
the data.
"""

import platform
import time
import warnings
from dataclasses import dataclass, field, replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Literal, Self, Unpack

import pandas as pd
import xarray as xr

from bayes_alliance.design import Design, design, modelled
from bayes_alliance.design.unidentified import unidentified
from bayes_alliance.errors import Seed, checked_arguments
from bayes_alliance.posterior import engines, moments, saving
from bayes_alliance.posterior.maketables import coefficient_table
from bayes_alliance.posterior.sampling import SamplerOptions, checked
from bayes_alliance.ratings import Ratings
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.phrases import capitalised

OURS = str(Path(__file__).parents[1])
PACKAGES = ("bayes-alliance", "pymc", "nutpie", "numpy", "numba", "xarray", "arviz", "pandas")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Fit:
    """A fitted model.

    Parameters
    ----------
    ratings : Ratings
        Of the informants the model is about.
    posterior : DataTree
        Groups ``posterior`` (the named moments in rating points, dims (chain, draw, ...)) and
        ``sample_stats``.
    engine : str
        ``"collapsed"`` or ``"pymc"``.
    versions : dict
        Package to version, and ``python``.
    seconds : dict
        Stage to seconds of wall time.
    gradient_evaluations : dict
        ``{"warmup": int, "sampling": int}``, summed over chains.
    interrupted : bool
        Whether sampling ended early.
    """

    spec: ModelSpec
    ratings: Ratings
    posterior: xr.DataTree
    engine: str
    seed: int
    versions: dict[str, str]
    seconds: dict[str, float]
    gradient_evaluations: dict[str, int]
    interrupted: bool = field(default=False)

    @property
    def moments(self) -> xr.Dataset:
        """The named moments, dims (chain, draw, ...), in rating points."""
        return self.posterior["posterior"].to_dataset()

    @property
    def stats(self) -> xr.Dataset:
        """The sampler's statistics, dims (chain, draw)."""
        return self.posterior["sample_stats"].to_dataset()

    @cached_property
    def design(self) -> Design:
        """The labelled arrays the model was fitted to."""
        return design(self.spec, self.ratings)

    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        """Averages and effects, for the tables of the package ``maketables``."""
        return coefficient_table(self.moments, self.design)

    @property
    def __maketables_depvar__(self) -> str:
        return "Rating"

    def __maketables_stat__(self, key: str) -> int | None:
        """A number that stands below such a table: ``"N"``, the ratings that were given."""
        return len(self.ratings.observed) if key == "N" else None

    @checked_arguments
    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the fit, **with its ratings**, to one netCDF file.

        Parameters
        ----------
        path : path
            Ends in ``.nc``.
        overwrite : bool
            Whether a file that is there may be replaced.

        Raises
        ------
        InputError
            If the file exists and may not be replaced, or its folder does not.
        """
        return saving.write(self.to_bytes(), Path(path), overwrite=overwrite)

    def to_bytes(self) -> bytes:
        """Compose what `save` writes."""
        tree = self.posterior.copy()
        tree["ratings"] = saving.ratings_to_dataset(self.ratings)
        facts = {
            "spec": self.spec.to_toml(),
            "engine": self.engine,
            "seed": self.seed,
            "versions": self.versions,
            "seconds": self.seconds,
            "gradient_evaluations": self.gradient_evaluations,
            "interrupted": self.interrupted,
        }
        return saving.content(tree, facts)

    @classmethod
    @checked_arguments
    def load(cls, path: str | Path) -> Self:
        """Read a fit back.

        Parameters
        ----------
        path : path
            A file written by `save`.

        Raises
        ------
        InputError
            If there is no such file, it holds no fit, it is not as it was saved, or it was saved
            by a newer version of the package.
        """
        tree, facts = saving.read(Path(path))
        ratings = saving.ratings_from_dataset(tree["ratings"].to_dataset())
        del tree["ratings"]
        return cls(
            spec=ModelSpec.from_text(facts.pop("spec")), ratings=ratings, posterior=tree, **facts
        )

    def __repr__(self) -> str:
        chains, draws = self.moments.sizes["chain"], self.moments.sizes["draw"]
        divergent = int(self.stats["diverging"].sum())
        lines = [
            f"Fit of '{self.spec.name}' ({self.spec.title})"
            + (" to SYNTHETIC ratings" if self.ratings.synthetic else ""),
            f"  {len(self.ratings.children)} {self.ratings.words.children}, "
            f"{self.design.n_ratings} ratings by {len(self.ratings.informants)} informants",
            f"  {chains} chains x {draws} draws, engine '{self.engine}', seed {self.seed}, "
            f"{sum(self.seconds.values()):.1f} s, {divergent} divergent",
        ]
        if self.interrupted:
            lines.append("  INTERRUPTED: fewer draws than asked for")
        return "\n".join(lines)


def with_design(fit: Fit, arrays: Design) -> Fit:
    """A fit that has the design it was made of, which is then not put together once more.

    Parameters
    ----------
    arrays : Design
        As from ``design(fit.spec, fit.ratings)``.
    """
    made = replace(fit)
    vars(made)["design"] = arrays
    return made


@checked_arguments
def fit(
    spec: ModelSpec,
    ratings: Ratings,
    *,
    seed: Seed,
    engine: Literal["auto", "collapsed", "pymc"] = "auto",
    progress: bool = True,
    **sampler: Unpack[SamplerOptions],
) -> Fit:
    """Fit a model to ratings, whatever its prior expects of them: what studies fit again with.

    Parameters, errors and what is returned are those of `fitting.fit`, and so are warnings but for
    that of the prior.
    """
    started = time.perf_counter()
    arrays = design(spec, ratings)
    ratings = modelled(spec, ratings)
    designed = time.perf_counter() - started
    used = engines.chosen(engine, spec, arrays)
    settings = checked(sampler, engines.defaults(used, spec))
    if arrays.incomplete:
        # The line that is named is the user's, however many of ours are between.
        warnings.warn(_of_missing_values(arrays), skip_file_prefixes=(OURS,))
    for text in unidentified(arrays, ratings):
        warnings.warn(capitalised(text), skip_file_prefixes=(OURS,))
    draws = engines.draw(used, spec, arrays, settings=settings, seed=seed, progress=progress)
    made = Fit(
        spec=spec,
        ratings=ratings,
        posterior=_tree(draws, arrays),
        engine=used,
        seed=seed,
        versions={name: version(name) for name in PACKAGES} | {"python": platform.python_version()},
        seconds={"design": designed} | draws.seconds,
        gradient_evaluations=draws.gradient_evaluations,
        interrupted=draws.interrupted,
    )
    return with_design(made, arrays)


def _of_missing_values(arrays: Design) -> str:
    covariates = ", ".join(
        f"{one.name} (missing for {int(one.absent.sum())} of {len(one.units)})"
        for one in arrays.incomplete
    )
    return (
        "Nobody is left out: missing values of covariates are modelled given the others: "
        f"{covariates}"
    )


def uninterrupted(fitted: Fit) -> Fit:
    """Return a fit that is part of something larger, if it was not interrupted.

    A fit by itself keeps the draws made before an interruption; one of many must not, or the others
    would go on beside a result that rests on fewer draws than asked for.

    Raises
    ------
    KeyboardInterrupt
        If sampling was interrupted.
    """
    if fitted.interrupted:
        raise KeyboardInterrupt
    return fitted


def _tree(draws: engines.Draws, arrays: Design) -> xr.DataTree:
    """Posterior and sampler statistics with the coordinates of the named moments."""
    chain_draw = {name: draws.stats[name].values for name in ("chain", "draw")}
    posterior = xr.Dataset(draws.moments, coords={**chain_draw, **moments.coords(arrays)})
    # netCDF holds numbers and truth values; nutpie also reports texts and nested lists.
    plain = [name for name in draws.stats.data_vars if draws.stats[name].dtype.kind in "fib"]
    return xr.DataTree.from_dict({"posterior": posterior, "sample_stats": draws.stats[plain]})
