"""Shipped plans of reproductions, one YAML file for each paper and one for what goes beyond them."""
