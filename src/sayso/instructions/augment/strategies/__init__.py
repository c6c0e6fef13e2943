"""Expansion strategies: which wording is rewritten how and when, and when it is enough; one file each."""

NOT_PLUGINS = ("turns",)
