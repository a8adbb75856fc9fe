"""The record store: statements, documents, credentials, and the toolbox every package shares."""
