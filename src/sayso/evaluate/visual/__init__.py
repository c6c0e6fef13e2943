"""What of an answer comes from the picture: visual contribution, and attention by layer.

`nulls` are pictures without content, `contribution` compares log-probabilities with and without, `attention` sums attention by what is looked at, `stage` does both beside an evaluation.
"""
