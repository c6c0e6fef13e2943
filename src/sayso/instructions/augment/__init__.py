"""Templates in, more templates out: paraphrasers propose, strategies say what to ask next, filters judge, and a stage keeps what is good."""
