"""What runs in the background: jobs take ids, read the present state, and may run twice."""
