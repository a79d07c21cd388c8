"""Classify and encode on many machines with Ray Data, in the order and to the byte of one machine."""
