"""The pages of the training desk: cohorts, people, statements, credentials, accounts."""
