"""Packaged model artefacts, found by importlib.resources as hotline_nlp._models."""
