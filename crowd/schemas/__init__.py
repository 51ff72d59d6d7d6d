"""The shape of what comes in and goes out. Never the database."""
