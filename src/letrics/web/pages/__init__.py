"""HTML pages: their own routes and sessions; nothing under `/v1` knows of them."""
