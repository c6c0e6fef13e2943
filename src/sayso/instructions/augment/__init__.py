"""Templates in, more templates out: paraphrasers, slot protection, and the stage that judges and keeps what they propose."""

NOT_PLUGINS = ("brought", "expand", "protect", "stage")
