"""Baking: cutscenes, takes and scripts of directions as films and data sets, at a constant rate, each time the same pixels."""
