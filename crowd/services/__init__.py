"""What the platform does: plain functions that take a session and never commit."""
