# %% [markdown]
# # 4. Therapist differences
#
# **Question.** How much of the alliance is the therapist's? Does a therapist whose clients rate high
# also rate high? Does the therapist see what the client sees?
#
# Children are nested in therapists, about two each. That carries differences in level between
# therapists, not differences in change, and so the model has the first only. The ratings are
# **synthetic**.

# %%
import bayes_alliance as ba

ratings = ba.load_example("usual_care")
spec = ba.load_model("informant_growth")
fit = ba.fit(spec, ratings, seed=1)
ba.checks.convergence(fit)

# %% [markdown]
# ## Where differences lie

# %%
shares = ba.variance.shares(fit)
prior = ba.variance.shares(ba.prior_fit(spec, ratings, seed=1))
ba.tables.summarise(shares, prior=prior).round(2)

# %% [markdown]
# The last columns say how far the ratings moved each share from its prior, and flag what the prior
# decided.

# %%
of_therapists = {"source": "therapist"}
_ = ba.plots.prior_posterior(
    shares.sel(of_therapists), prior.sel(of_therapists), synthetic=ratings.synthetic
)

# %%
_ = ba.plots.shares(fit)
# %% [markdown]
# ## One with many: whose is it?
#
# One therapist with many clients (Marcus, Kashy & Baldwin 2009): the therapist's rating tells about the
# therapist as a perceiver, the client's about the therapist as a partner, and the rest about the
# relationship.

# %%
pair = {"therapist": "therapist_of_child", "client": "child"}
ba.tables.summarise(ba.dyads.shares(fit, **pair)).round(2)

# %%
ba.tables.summarise(ba.dyads.reciprocity(fit, **pair)).round(2)

# %% [markdown]
# ## Does the therapist see what the client sees?
#
# Tracking: how much the therapist's rating moves when the client's latent alliance moves by one point.
# Directional bias: how much lower or higher the therapist rates on average.

# %%
eyes = {"judgement": "therapist_of_child", "truth": "child"}
tracking = ba.dyads.tracking(fit, **eyes)
bias = ba.dyads.directional_bias(fit, **eyes)
ba.tables.summarise(tracking).round(2)

# %%
ba.tables.summarise(bias).round(2)

# %% [markdown]
# ## Single therapists
#
# Their effects, given their clients' ratings. With two clients each they are uncertain; a ranking of
# therapists is not in these data.

# %%
effects = ba.random_effects(fit, seed=1, level="therapist")
of_child = effects["therapist_effect"].sel(term="therapist_of_child,level")
table = ba.tables.summarise(of_child)[["median", "lower", "upper"]].round(1)
print(table.nsmallest(2, "median"))
print(table.nlargest(2, "median"))

# %%
_ = ba.plots.caterpillar(effects, "therapist_of_child,level")

# %% [markdown]
# ## The sentence for the paper

# %%
row = ba.tables.summarise(shares.sel(source="therapist", informant=["child", "therapist_of_child"]))
seen = ba.tables.summarise(tracking).squeeze("rows")
child, therapist = row["median"]
print(
    f"(Synthetic data.) Therapists accounted for {100 * therapist:.0f} % of the variance of their own "
    f"ratings but for {100 * child:.0f} % of their clients'; when a child's latent alliance was one "
    f"point higher, the therapist's rating was {seen['median']:.2f} points higher (95% interval "
    f"{seen['lower']:.2f} to {seen['upper']:.2f})."
)
