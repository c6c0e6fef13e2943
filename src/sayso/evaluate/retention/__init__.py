"""What a model keeps of what it could before tuning: how likely it still finds plain text and captions.

`reading` turns files into rows, `measuring` has the model read them (torch), `summary` compares two models on the same rows, `folder` writes it all beside an evaluation.
"""
