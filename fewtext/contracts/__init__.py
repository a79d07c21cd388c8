"""Abstract classes that plugins subclass, and the data that they receive; looking plugins up is the registry's."""
