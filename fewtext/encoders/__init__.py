"""Encoders of texts and images: looked up, loaded and run; the libraries behind them are imported when used."""
