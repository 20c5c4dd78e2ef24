"""What is asked for orphan candidates."""
