# %% [markdown]
# # 5. Choosing and checking a model
#
# **Question.** Is the model good enough for these ratings, and is a simpler one as good?
#
# Three checks in this order: did the sampler do its work, does the model make ratings like those
# observed, and does it predict families it has not seen better than another model. The ratings are
# **synthetic**.

# %%
import bayes_alliance as ba

ratings = ba.load_example("usual_care")
spec = ba.load_model("informant_growth")
fit = ba.fit(spec, ratings, seed=1)

# %% [markdown]
# ## Before fitting: what do the priors say in rating points?

# %%
ba.checks.prior_predictive(spec, ratings, seed=1)

# %% [markdown]
# ## Did the sampler do its work?
#
# Every parameter must pass, and every derived quantity that is reported.

# %%
correlation = ba.agreement.correlation(fit, level="child", of="level")
ba.checks.convergence(fit, derived={"correlation": correlation})

# %% [markdown]
# ## Does the model make ratings like these?

# %%
check = ba.checks.posterior_predictive(fit, seed=1)
check

# %%
_ = ba.plots.predictive(check)
# %% [markdown]
# Ratings pile up at the ceiling, which a normal model does not know. The model that does:

# %%
ceiling = ba.fit(ba.load_model("growth_with_ceiling"), ratings, seed=1)
ba.checks.posterior_predictive(ceiling, seed=1)

# %% [markdown]
# ## What changes with the ceiling in the model?

# %%
for name, one in {"normal": fit, "with ceiling": ceiling}.items():
    print(name)
    table = ba.tables.summarise(one.moments["slope"])
    print(table[["median", "lower", "upper"]].round(2).to_string(), "\n")

# %% [markdown]
# ## Does a simpler model predict as well?
#
# Leave out one therapist with all their families, predict these families from the others, and sum the
# log probabilities. Only models of the same ratings with the same kind of likelihood can be compared so.

# %%
level_only = ba.fit(ba.load_model("informant_level"), ratings, seed=1)
without = ba.fit(ba.without(spec, "therapist"), ratings, seed=1)
comparison = ba.compare.leave_one_therapist_out(
    {"growth": fit, "same change for all": level_only, "without therapists": without}
)
comparison

# %% [markdown]
# Whose absence would move the posterior most? Above the line a model is fitted again without them.

# %%
_ = ba.plots.influence(comparison)

# %% [markdown]
# ## The sentence for the paper

# %%
row = comparison.table.loc["without therapists"]
print(
    f"(Synthetic data.) Leaving out one therapist at a time, the model with differences between "
    f"therapists predicted the families left out better than the model without (difference in expected "
    f"log predictive density {-row['difference']:.0f}, standard error {row['se_difference']:.0f})."
)
