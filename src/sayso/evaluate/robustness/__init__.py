"""How much wording matters, told apart from chance: corrected Sensitivity, its noise floor and test, the measures of other tools, worst and best wordings, agreement."""
