"""Measure the packaged models against peers; figures as JSON, tables and pictures made from it."""
