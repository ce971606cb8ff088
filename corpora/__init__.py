"""Taxonomy, city pack and sample requests that ship with hotline_nlp."""
