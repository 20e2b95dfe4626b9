"""Loads bundles and runs their graphs on ONNX Runtime. Knows nothing of ZeroMQ."""
