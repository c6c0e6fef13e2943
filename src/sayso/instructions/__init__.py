"""Instructions: templates with slots, the library of wordings, how they are multiplied, filtered and rendered."""
