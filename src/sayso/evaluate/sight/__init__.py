"""What a model sees: linear probes on its visual tokens, on scenes like those it was trained on and on those kept from it.

The stage `pack` fits them, and packs the model in half precision with a card that says how it was made.
"""
