"""The verdict on one id, and what is said of many."""
