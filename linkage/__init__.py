"""Trilink: privacy-preserving linkage of firearms, suspects and organizations across countries."""
