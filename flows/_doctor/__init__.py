"""What `trilink doctor` looks at. Nothing is changed, and nothing of a value or a secret is shown."""
