"""The compiled part of the collapsed likelihood: one function, fed by a table of typed arrays."""
