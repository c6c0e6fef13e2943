"""Filters: each looks at a candidate wording and says keep or drop, with a reason."""

NOT_PLUGINS = ("asking", "chain", "holes", "screening", "wording")
