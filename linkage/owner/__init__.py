"""A national data team, at home: the only code that sees personal data or the encoding key."""
