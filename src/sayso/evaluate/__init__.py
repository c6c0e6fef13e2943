"""Model + test examples x wordings -> predictions -> scores -> Sensitivity, with intervals."""
