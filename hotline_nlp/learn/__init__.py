"""Fit the linear engine on labelled requests: offline, on CPU, the same weights from the same data."""
