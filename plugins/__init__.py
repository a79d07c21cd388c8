"""The learners that come with fewtext: one paper per file, each by its own entry point, like a third-party one."""
