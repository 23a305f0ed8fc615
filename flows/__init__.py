"""Thin Prefect flows and the command line: paths, names and counts in, paths and counts out."""
