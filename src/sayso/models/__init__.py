"""Models that are tuned, and what serves them: encoding, batches, likelihood, generation. PyTorch starts here."""

NOT_PLUGINS = (
    "attached",
    "choosing",
    "collate",
    "direct",
    "encode",
    "features",
    "generate",
    "gradients",
    "likelihood",
    "parts",
    "prefixes",
    "quiet",
    "roles",
    "skeleton",
    "vision",
    "vocabulary",
)
"""Files of this folder that are no model (see `sayso.registry`)."""
