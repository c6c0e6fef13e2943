"""Methods: one way to train a part each."""
