"""What a plugin subclasses and what it is handed: abstract classes and data, without look-up."""
