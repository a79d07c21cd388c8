"""Files of texts, images, tensors and settings: read with errors that name the row, written atomically."""
