"""The watcher: what is due at a party is found from files alone, and done by the same flows that a person would call."""
