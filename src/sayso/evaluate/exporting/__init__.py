"""Suites for other evaluators: `lmms_eval` writes a task group. See there."""
