"""The joint team: links sealed encodings. Never sees personal data or the encoding key."""
