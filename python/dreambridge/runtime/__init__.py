"""Loads bundles and runs their graphs on ONNX Runtime, without ZeroMQ."""
