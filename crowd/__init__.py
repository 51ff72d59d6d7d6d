"""The platform: an HTTP API, the services behind it and the tables beneath them."""
