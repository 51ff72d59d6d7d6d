"""What runs in the background. Jobs take ids of events, read the present state, and may run twice."""
