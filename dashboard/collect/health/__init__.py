"""What a check of the environments asks."""
