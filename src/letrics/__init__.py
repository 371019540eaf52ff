"""Letrics: a self-hosted server for a B2B database of companies and the people who work there."""
