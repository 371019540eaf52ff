"""HTTP: the JSON API and its pages; the only home of async and of HTTP."""
