"""What people see: a folder a page, and what pages share."""
