r"""Leaving treatment: latent numbers that say who leaves, as ratings of one more informant.

What completes leaving is how far the latent number of each child at risk lies from 0, above it for
those who left and below for those who stayed (Albert and Chib 1993),

.. math:: z_{it} = \pm \mathrm{excess}, \qquad
          e_{it} = z_{it} - a_t - c'w_i - \phi_t' E B x_i - r' \delta z_{it},

with a flat density. What follows from it for the recursion is in `leaving_rows`.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayes_alliance.arrays import Floats
from bayes_alliance.collapsed import leavers
from bayes_alliance.collapsed.completions.completion import Completion, Moments, Named, Places
from bayes_alliance.collapsed.completions.expectation import sources
from bayes_alliance.collapsed.completions.leaving_rows import Leaving, complete, differentiate
from bayes_alliance.collapsed.kernel.coordinates import POSITIVE
from bayes_alliance.collapsed.kernel.memory import nothing
from bayes_alliance.collapsed.priors import Coordinate, of_number
from bayes_alliance.collapsed.seating import Seating
from bayes_alliance.design import AtRisk, Design
from bayes_alliance.specification import ModelSpec
from bayes_alliance.specification.priors import of_numbers


def coordinates(spec: ModelSpec, design: Design) -> Iterator[Coordinate]:
    """What leaving follows, then how far the latent number of each child at risk lies from 0."""
    leaving, priors = design.leaving, spec.priors
    if leaving is None:
        return
    for interval in leaving.intervals:
        prior = of_numbers(priors["leaving_baseline"])
        yield of_number(f"leaving_baseline[{interval}]", "leaving_baseline", prior, factor=1.0)
    for key, acts in (
        ("leaving_on", leaving.acts_now),
        ("leaving_on_slope", leaving.acts_by_slope),
    ):
        for group in (leaving.groups or ("",)) if acts else ():
            for k in leaving.informants:
                who = ",".join(label for label in (group, design.informants[k]) if label)
                factor = float(1.0 / design.spread[k])
                yield of_number(f"{key}[{who}]", key, of_numbers(priors[key]), factor=factor)
    if "leaving_share" in priors:
        prior = of_numbers(priors["leaving_share"])
        yield of_number("leaving_share", "leaving_share", prior, factor=1.0)
    for label, sd in zip(leaving.covariates, leaving.covariate_sd, strict=True):
        key = "leaving_covariate"
        yield of_number(f"{key}[{label}]", key, of_numbers(priors[key]), factor=float(1.0 / sd))
    if leaving.therapist:
        key = "leaving_therapist_sd"
        yield of_number(key, key, of_numbers(priors[key]), factor=1.0)
    for label in leaving.labels(design.children):
        yield Coordinate(label=f"leaving_latent[{label}]", prior="leaving_latent", kind=POSITIVE)


class Parts[T: np.generic](NamedTuple):
    """Numbers of leaving, as they stand one after the other: values, or their places."""

    baseline: NDArray[T]
    on: NDArray[T]
    on_slope: NDArray[T]
    share: NDArray[T]
    covariate: NDArray[T]
    therapist: NDArray[T]
    latent: NDArray[T]


def parts[T: np.generic](leaving: AtRisk, own: NDArray[T]) -> Parts[T]:
    """Take numbers apart, along the last dim."""
    n_on = leaving.n_groups * len(leaving.informants)
    lengths = (
        len(leaving.times) - 1,
        n_on * leaving.acts_now,
        n_on * leaving.acts_by_slope,
        int(leaving.acts_now and leaving.share is None),
        len(leaving.covariates),
        int(leaving.therapist),
    )
    return Parts(*np.split(own, np.cumsum(lengths), axis=-1))


def arrays(spec: ModelSpec, design: Design, seating: Seating, places: Places) -> Leaving:
    """Where those at risk sit, and where the numbers of leaving are."""
    leaving = design.leaving
    if leaving is None:
        return nothing(Leaving)
    own, k = parts(leaving, places.own), len(design.informants)
    on, on_slope = (np.full((leaving.n_groups, k), -1) for _ in range(2))
    for at, named in ((on, own.on), (on_slope, own.on_slope)):
        if len(named):
            at[:, leaving.informants] = named.reshape(leaving.n_groups, -1)
    therapist = np.full(4, -1)
    if leaving.therapist:
        of_therapist = leavers.blocks(design)[1]
        last = len(of_therapist.terms) - 1, len(of_therapist.columns) - 1
        therapist = np.array([own.therapist[0], 1, *last])
    slope = design.coefficients.index("slope") if leaving.acts_by_slope else -1
    z = np.zeros((len(design.y) + len(leaving.added_child), design.z.shape[1]))
    z[: len(design.y)] = design.z
    source, factor = sources(design)
    on_covariate, on_coefficient = np.nonzero(design.covariate_on)
    return Leaving(
        place=own.latent[places.at_risk],
        direction=leaving.direction,
        slot=seating.slot[leaving.row],
        cell=seating.cell[leaving.row],
        lane=seating.row_lane[leaving.row],
        turn=seating.round[leaving.child],
        group=leaving.group[leaving.child],
        baseline=own.baseline[leaving.interval],
        covariate=own.covariate,
        column=leaving.column,
        w=leaving.x[leaving.child],
        z=z[leaving.row],
        on=on,
        on_slope=on_slope,
        share=own.share if len(own.share) else np.array([-1]),
        fixed_share=np.array([leaving.share or 0.0]),
        slope=np.array([slope]),
        therapist=therapist,
        on_covariate=on_covariate.copy(),
        on_coefficient=on_coefficient.copy(),
        source=source,
        factor=factor,
    )


def moments(design: Design, values: Floats) -> Named:
    """What leaving follows, by informant and interval, and the latent numbers."""
    leaving = design.leaving
    if leaving is None:
        return {}
    own, k, front = parts(leaving, values), len(design.informants), values.shape[:-1]
    out: Named = {"leaving_baseline": (("interval",), own.baseline)}
    dims = ("leaving_group", "informant") if leaving.groups else ("informant",)
    for name, named in (("leaving_on", own.on), ("leaving_on_slope", own.on_slope)):
        if named.shape[-1]:
            by_group = np.zeros((*front, leaving.n_groups, k))
            by_group[..., leaving.informants] = named.reshape(*front, leaving.n_groups, -1)
            out[name] = dims, by_group if leaving.groups else by_group[..., 0, :]
    if own.share.shape[-1]:
        out["leaving_share"] = (), own.share[..., 0]
    if leaving.covariates:
        out["leaving_covariate"] = ("leaving_covariate_of",), own.covariate
    if leaving.therapist:
        out["leaving_therapist_sd"] = (), own.therapist[..., 0]
    out[leavers.LATENT] = ("at_risk",), leaving.direction * own.latent
    return out


def add_to_errors(design: Design, moments: Moments, error: Floats) -> None:
    """What the latent numbers are beyond what is expected of them, as ratings of leaving."""
    leaving = design.leaving
    if leaving is not None and leavers.RATING in moments:
        first = len(design.informants) - leaving.n_groups
        of_child = first + leaving.group[leaving.child]
        error[:, leaving.row, of_child] += moments[leavers.RATING]


def scale(design: Design, moments: Moments) -> Floats | None:
    """The noise of leaving has no weight: one over the square root of that of the occasion."""
    leaving = design.leaving
    if leaving is None or leavers.RATING not in moments or "residual_weight" not in moments:
        return None
    out = np.ones((*moments["residual_weight"].shape, len(design.informants)))
    out[..., len(design.informants) - leaving.n_groups :] /= np.sqrt(
        moments["residual_weight"][..., None]
    )
    return out


LEAVING = Completion(
    own=Leaving,
    complete=complete,
    differentiate=differentiate,
    coordinates=coordinates,
    arrays=arrays,
    moments=moments,
    add_to_errors=add_to_errors,
    scale=scale,
)
