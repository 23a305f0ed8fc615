"""One file per group of commands; each only parses, calls and prints."""
