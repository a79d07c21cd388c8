"""Fitted classifiers that leave torch: a folder of ONNX and JSON, with a small program that needs neither of us."""
