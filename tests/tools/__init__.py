"""The command line: what people read in a terminal, and the values behind it."""
