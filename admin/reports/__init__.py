"""What trainers read: a cohort's skills, one person's history, and the same as files."""
