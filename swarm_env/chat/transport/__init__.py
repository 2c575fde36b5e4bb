"""Sending requests: endpoints, HTTP clients, concurrency limits, retries, replies."""
