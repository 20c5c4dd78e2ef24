"""What is asked in the background, for all who look on."""
