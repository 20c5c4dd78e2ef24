"""Where failed deployments are read from."""
