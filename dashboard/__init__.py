"""Why a deployment fails, and which environments are healthy."""

__version__ = "0.1.0"
