"""Choosing what is trained on: a pool of samples, columns of numbers for it, and selectors in a row that decide.

    build ──render──> pool ──scorers──> columns ──selectors──> a verdict for every example ──> a build with what is kept

`stage` does it for the builds of a recipe, `plain_files` for a file of conversations. Values are kept by row in a folder that outlives both
(`columns`), so that nothing is scored twice.
"""
