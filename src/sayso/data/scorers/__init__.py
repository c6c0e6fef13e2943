"""Scorers: a number for each sample of a pool, by name; a number that cannot be had is NaN with the reason.

A scorer never decides: selectors read its column and do.
"""

from sayso.data.scorers._protocol import Column, Columns, Scorer, Scoring, Trained, scorers

__all__ = ["Column", "Columns", "Scorer", "scorers", "Scoring", "Trained"]
