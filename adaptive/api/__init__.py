"""The JSON API of the adaptive service: parse, call, answer."""
