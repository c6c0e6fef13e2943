"""Models that are tuned, and what serves them: encoding, batches, likelihood, generation. PyTorch starts here."""

NOT_PLUGINS = (
    "attached",
    "choosing",
    "collate",
    "direct",
    "dual_encoder",
    "encode",
    "features",
    "generate",
    "gradients",
    "likelihood",
    "parts",
    "prefixes",
    "quiet",
    "rating",
    "reward",
    "roles",
    "skeleton",
    "vision",
    "vocabulary",
    "writing",
)
"""Files of this folder that are no model (see `sayso.registry`)."""
