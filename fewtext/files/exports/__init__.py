"""Exports of annotation and chatbot tools: recognised by their shape, read as texts and labels, and written."""
