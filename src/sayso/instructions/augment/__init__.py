"""Templates in, more templates out: paraphrasers, slot protection, and the stage that judges and keeps what they propose."""

NOT_PLUGINS = (
    "brought",
    "by_model",
    "by_rules",
    "counting",
    "expand",
    "further",
    "growing",
    "holding_out",
    "meta_prompts",
    "plain_files",
    "protect",
    "replies",
    "review_file",
    "reviewing",
    "stage",
    "strategies",
)
