"""The commands: one module for each noun, put together in `main`, with one edge where errors become exit codes."""
