"""What a model keeps and gains while it is trained in stages: evaluations in the order of training -> one matrix."""
