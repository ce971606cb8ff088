"""The HTTP service: scoring, feedback and the dispatcher's page on a closed network."""
