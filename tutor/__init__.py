"""What a learner meets: the portal, the activity player, hints and the tutor."""
