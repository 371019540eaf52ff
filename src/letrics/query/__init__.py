"""The question: what a request asks, parsed, checked and normalised.  Knows no backend and no HTTP."""
