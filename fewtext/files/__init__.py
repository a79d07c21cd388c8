"""Files of texts, images, tensors and settings: read with their rows named, written atomically."""
