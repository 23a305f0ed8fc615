"""Side-by-side with the peers: same files, same machine, one table."""
