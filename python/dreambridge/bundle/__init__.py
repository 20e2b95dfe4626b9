"""Bundles as data: manifest, checks, where they are found."""
