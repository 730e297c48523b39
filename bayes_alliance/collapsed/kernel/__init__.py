"""The compiled part of the collapsed likelihood: one function, called with plain arrays."""
