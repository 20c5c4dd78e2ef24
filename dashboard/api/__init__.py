"""The dashboard for programs: the objects of the command line over HTTP, metrics, assistants."""
