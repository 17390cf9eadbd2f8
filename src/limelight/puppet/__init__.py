"""A presenter's file and a performance in, pictures of the presenter out. Knows nothing of scenes or encoding."""
