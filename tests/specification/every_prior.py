"""A prior of every class, ordinary and extreme ones: whoever checks one kind checks them all."""

from bayes_alliance.specification import (
    LKJ,
    R2D2,
    Beta,
    Exponential,
    Gamma,
    HalfNormal,
    HalfStudentT,
    Normal,
    RegularizedHorseshoe,
    StudentT,
)

NUMBERS = (
    Normal(mean=0.3, sd=0.7, reason="test"),
    StudentT(nu=4.0, mean=-0.2, scale=0.6, reason="test"),
    HalfNormal(scale=0.5, reason="test"),
    HalfStudentT(nu=3.0, scale=0.4, reason="test"),
    Exponential(rate=2.5, reason="test"),
    Gamma(alpha=2.0, beta=3.0, reason="test"),
    Gamma(alpha=0.6, beta=1.5, reason="test"),
    Beta(alpha=1.0, beta=2.0, reason="test"),
    Beta(alpha=3.0, beta=0.8, reason="test"),
)
CORRELATIONS = (
    LKJ(eta=2.0, reason="test"),
    LKJ(eta=0.8, by="coefficient", reason="test"),
    LKJ(eta=1.2, by="coefficient", mean="flat", reason="test"),
)
SHRINKAGE = (
    RegularizedHorseshoe(global_scale=0.1, slab_scale=0.25, slab_nu=4.0, reason="test"),
    R2D2(mean=0.2, precision=3.0, concentration=0.5, reason="test"),
)
EVERY = (*NUMBERS, *CORRELATIONS, *SHRINKAGE)
