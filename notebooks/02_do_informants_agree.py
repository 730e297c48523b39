# %% [markdown]
# # 2. Do informants agree?
#
# **Question.** When a child says the alliance is good, do caregiver and therapist say so too? And if
# they rate the same child, how far apart are their numbers?
#
# Agreement is two questions. *Do they order families alike?* is a correlation; *do they give the same
# number?* is a difference in points. The ratings are **synthetic**.

# %%
import bayes_alliance as ba

ratings = ba.load_example("usual_care")
fit = ba.fit(ba.load_model("informant_growth"), ratings, seed=1)
ba.checks.convergence(fit)

# %% [markdown]
# ## Do they order families alike?
#
# Correlations between children, once therapists and the noise of single occasions are taken out. A
# correlation of raw ratings would mix all of these.

# %%
_ = ba.plots.agreement(fit)
# %%
correlation = ba.agreement.correlation(fit, level="child", of="level")
ba.tables.summarise(correlation.sel(informant="child")).round(2)

# %% [markdown]
# ## Do they give the same number?

# %%
difference = ba.agreement.mean_difference(fit, time=4)
ba.tables.summarise(difference.sel(informant="child")).round(2)

# %% [markdown]
# Within which limits does the difference between two ratings of a new family lie, 95 times of 100?

# %%
limits = ba.agreement.limits(fit, time=4)
ba.tables.summarise(limits.sel(informant="child", informant_="caregiver")).round(1)

# %%
_ = ba.plots.bland_altman(fit, ("child", "caregiver"))

# %% [markdown]
# How often are two ratings within 3 points of each other?

# %%
ba.tables.summarise(ba.agreement.within(fit, 3.0, time=4).sel(informant="child")).round(2)

# %% [markdown]
# ## One number for all informants
#
# The intraclass correlation of single ratings: ICC(C,1) ignores that one informant rates higher than
# another, ICC(A,1) does not. Beside it: how much the prior says about it.

# %%
prior = ba.prior_fit(fit.spec, ratings, seed=1)
icc = ba.agreement.intraclass_agreement(fit, time=4)
ba.tables.summarise(icc, prior=ba.agreement.intraclass_agreement(prior, time=4)).round(2)

# %% [markdown]
# ## Does agreement change?
#
# Estimands are draws with labels, so they can be subtracted before they are summarised.

# %%
change = ba.agreement.correlation(fit, time=16) - ba.agreement.correlation(fit, time=4)
ba.tables.summarise(change.sel(informant="child")).round(2)

# %%
_ = ba.plots.agreement_over_time(fit)

# %% [markdown]
# ## The sentence for the paper

# %%
r = ba.tables.summarise(correlation.sel(informant="child", informant_="caregiver")).squeeze("rows")
d = ba.tables.summarise(difference.sel(informant="child", informant_="caregiver")).squeeze("rows")
wide = ba.tables.summarise(limits.sel(informant="child", informant_="caregiver"))
lower, upper = wide["median"]
print(
    f"(Synthetic data.) Children and caregivers agreed moderately on which alliances were good "
    f"(r = {r['median']:.2f}, 95% interval {r['lower']:.2f} to {r['upper']:.2f}), but children rated "
    f"{abs(d['median']):.1f} points {'lower' if d['median'] < 0 else 'higher'} "
    f"({abs(d['upper']):.1f} to {abs(d['lower']):.1f}), and the difference between two ratings of a "
    f"new family lies between {lower:.0f} and {upper:.0f} points 95 times of 100."
)
