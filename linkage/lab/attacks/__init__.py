"""Attacks on encodings, by own code after the published ones: what a joint team or a thief could do with what it holds.

Every room is an attack on opened postings, or on the weak encodings of ``controls`` that it is known to defeat. Never in production.
"""
