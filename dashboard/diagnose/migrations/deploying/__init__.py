"""What would become of the pending scripts, by what the catalog has already."""
