"""What a learner should do next: placement, learning, review, exploration. Pure: now and rng are arguments."""
