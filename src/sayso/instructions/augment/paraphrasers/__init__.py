"""Paraphrasers: what rewrites a template, by rules or by asking a language model."""

NOT_PLUGINS = ("by_model", "by_rules", "replies")
