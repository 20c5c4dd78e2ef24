"""Why a deployment fails, and which environments are healthy."""
