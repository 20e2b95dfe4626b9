"""Bundles as data: the manifest, its checks, and the search for bundles."""
