"""Imports: from files of any making to records.  Writes through `backend.Writer`; knows no index."""
