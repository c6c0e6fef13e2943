"""Artifacts -> one page that says how robust a model is to wording; reads artifacts only, never a model."""
