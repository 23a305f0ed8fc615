"""Invented and public people, the truth about them, and measures. Never in production."""
