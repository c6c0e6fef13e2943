"""What `sayso init` knows to find, one file per kind of data."""
