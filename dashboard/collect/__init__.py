"""What is asked of the environments, and what their answers are made into."""
