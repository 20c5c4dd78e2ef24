"""What a look-up asks."""
