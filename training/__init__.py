"""Offline training of the packaged models; imports hotline_nlp, never the reverse."""
