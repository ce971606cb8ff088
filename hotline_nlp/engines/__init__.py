"""Engines: normalised texts in, calibrated probabilities of every head out."""
