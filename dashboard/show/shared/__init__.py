"""What several pages draw with: one small module per widget family."""
