"""Who is seen by whom in simulated data: children in therapists in clinics, unevenly.

Also the streams of random numbers, one for each thing that is drawn.
"""

import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Nesting:
    """Who is seen by whom, and where.

    Parameters
    ----------
    children, therapists, clinics : tuple of str
        Labels.
    therapist_index, clinic_index : array of int, shape (n_children,)
        The child's therapist and clinic; empty where there are none.
    """

    children: tuple[str, ...]
    therapists: tuple[str, ...]
    clinics: tuple[str, ...]
    therapist_index: NDArray[np.int64]
    clinic_index: NDArray[np.int64]


def stream(seed: int, *names: str) -> np.random.Generator:
    """Make the random numbers of one part of a simulation.

    Parameters
    ----------
    *names : str
        What is drawn; other names give independent numbers.
    """
    key = tuple(zlib.crc32(name.encode()) for name in names)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _labels(prefix: str, count: int) -> tuple[str, ...]:
    width = len(str(count))
    return tuple(f"{prefix}{i:0{width}d}" for i in range(1, count + 1))


def nest(families: int, therapists: int, clinics: int, *, seed: int) -> Nesting:
    """Draw who is seen by whom.

    Parameters
    ----------
    families, therapists, clinics : int
        How many; 0 therapists or clinics for none.

    Returns
    -------
    Nesting
        Every therapist has a child and every clinic a therapist (or child); the others are spread
        with gamma(2) distributed weights.
    """
    therapist_index = _spread(families, therapists, stream(seed, "caseload"))
    if therapists:
        clinic_of_therapist = _spread(therapists, clinics, stream(seed, "clinic size"))
        clinic_index = clinic_of_therapist[therapist_index] if clinics else clinic_of_therapist
    else:
        clinic_index = _spread(families, clinics, stream(seed, "clinic size"))
    return Nesting(
        children=_labels("C", families),
        therapists=_labels("T", therapists),
        clinics=_labels("K", clinics),
        therapist_index=therapist_index,
        clinic_index=clinic_index,
    )


def _spread(units: int, groups: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Group of each unit: at least one unit per group, the others unevenly."""
    if groups == 0:
        return np.empty(0, dtype=np.int64)
    share = rng.gamma(2.0, size=groups)
    rest = rng.choice(groups, size=units - groups, p=share / share.sum())
    return rng.permutation(np.concatenate([np.arange(groups), rest])).astype(np.int64)
