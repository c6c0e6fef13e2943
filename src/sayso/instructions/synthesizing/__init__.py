"""The stage `synthesize`: seeds, the method, its models and rules, then revisers and a person's review; for recipes and for plain files."""
