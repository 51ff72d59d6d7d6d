"""Consensus over redundant answers: votes in, posteriors, skills and decisions out.

A library of its own: it knows nothing of the platform, the web or a database.
"""
