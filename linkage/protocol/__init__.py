"""What the parties agree on and what crosses the border. Public knowledge: no personal data, no keys."""
