"""What is known of how often intervals hold the truth: sentences for the notes of tables.

Numbers are those of kept studies of simulated cohorts (`benchmarks/results/mean_flat.json`,
`tests/reference/estimand_coverage`), and tests hold the two together.
"""

# Who was simulated has no name here: reports call children and families as their study does.
OF_ALL_TOGETHER = (
    "In four sets of simulated cohorts (n = 120, four informants) 90% intervals of these two held "
    "the true one 91% to 98% of the time."
)
OF_SLOPE_SDS = (
    "In simulated cohorts (n = 120) 90% intervals of standard deviations of slopes held the true "
    "one 88% of the time."
)
# Of few cohorts: what chance adds is said on the page of statistics.
OF_EFFECTS = (
    "In 40 simulated cohorts (n = 120) 90% intervals of effects held the true one 86% of the time, "
    "those of a difference between informants 80%."
)
OF_TRACKING = (
    "In 40 simulated cohorts (n = 120) 90% intervals of tracking held the true one 85% of the time."
)
