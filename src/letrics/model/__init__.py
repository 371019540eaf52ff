"""What a company, a contact and a filter are; this floor does no I/O and reads no clock."""
