"""The embedded index: immutable segments and a manifest in one folder; no server, no network."""
