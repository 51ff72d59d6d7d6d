"""A simulated crowd: annotators of planted kinds, driven through the public API."""
