"""The command line: one file per command; the only room that prints. Bodies import late, so that help is quick."""
