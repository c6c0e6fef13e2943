"""The command line: thin commands that parse, call the pipeline and print."""
