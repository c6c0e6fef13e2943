"""Reproductions: the claims of a paper, registered before the runs, answered by a grid with seeds and paired statistics.

`plan` says what will be done; what was found is in `found`.
"""
