"""What trainers and operators meet: reports, the command line, and the composition of the application."""
