"""Who reaches the pages, and how much of the server one of them may take."""
