"""The engine measures itself: each prediction made in production is scored when its answer has come."""
