"""Statements in bulk over HTTP, between files and any xAPI endpoint."""
