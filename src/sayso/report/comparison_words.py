"""What a comparison calls its quantities, and what its numbers mean."""

__all__ = ["DEFINITIONS", "LABELS"]

LABELS = {
    "overall": ("Overall", "all tasks under all wordings"),
    "held_in": ("Held-in tasks", "trained tasks in trained wordings"),
    "held_out_wordings": ("Held-out wordings", "trained tasks, asked in words never trained on"),
    "held_out_tasks": ("Held-out tasks", "tasks never trained on"),
    "held_out_categories": ("Held-out categories", "whole categories never trained on"),
    "unseen": ("Unseen", "wordings, tasks and categories never trained on"),
    "suites": ("Suites", "published benchmarks"),
    "worst_wording": ("Worst wording", "each task under the wording that suits a run least"),
    "sensitivity": ("Sensitivity", "how much the wording alone moves the score; lower is better"),
    "wording_gap": ("Wording gap", "trained wordings minus unseen ones; lower is better"),
}
"""Quantities in reading order, each with its label and what it measures."""

DEFINITIONS = (
    (
        "Difference",
        "A run minus the baseline, in points: hundredths of the score's unit. Only predictions that all runs share and could be scored count; a score is the mean over tasks of the mean over wordings of the mean over examples.",
    ),
    (
        "Interval",
        "Paired bootstrap: examples are drawn again within each task, the same for both runs and with all their wordings. It speaks for other examples, not for other tasks or wordings.",
    ),
    (
        "p",
        "How often a difference at least as large comes about when the two runs' scores on an example, under all wordings together, are exchanged by the throw of a coin; McNemar's exact test for right-or-wrong scores under one wording.",
    ),
    (
        "Holm, BH",
        "The same for all rows of a table at once: with Holm the chance that any row is called by mistake stays below the level, with BH (Benjamini and Hochberg) the share of such rows among those called.",
    ),
    (
        "dz, h",
        "Effect sizes. Cohen's dz is the mean difference per example over its standard deviation; Cohen's h compares two shares of right answers on the arcsine scale.",
    ),
    (
        "Smallest visible",
        "The difference that a test at this level would find in 80 of 100 tries, given how much the examples differ here.",
    ),
    (
        "Flipped",
        "Right (a score of one half or more) in the baseline and wrong in the other run, or the other way round.",
    ),
)
"""Terms and their meanings, for the foot of a page."""
