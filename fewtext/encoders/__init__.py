"""Encoders for text. Each library that loads models is imported in its own file here, when it is used."""
