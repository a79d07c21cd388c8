"""A benchmark that takes seconds, for scripts that need a grid's files and not its results."""


def small_grid(*learners: str) -> str:
    """Return the TOML of a full-way grid on the office corpus, by TF-IDF features: two cells a learner."""
    names = ", ".join(f'"{learner}"' for learner in learners)
    return (
        'corpora = "office"\nencoders = "tfidf"\ntrack = "full-way"\n'
        f"supports = 2\nshots = [1, 2]\nlearners = [{names}]\n"
    )
