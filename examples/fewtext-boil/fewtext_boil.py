"""BOIL (Oh et al., 2021): the inner loop moves the body alone, so that representations change, not the head."""

from fewtext.api import GradientLearner, Recipe, hookimpl, prototype_head


class Boil(GradientLearner):
    """MAML whose head has a rate of zero, and is that of the class means: none is learned for class numbers."""

    name = "boil"
    recipes = {"text": Recipe(backbone="linear:gain=3.5", tasks=8, steps=400, options={"steps": 3, "rate": 0.1})}

    def head(self, embedding, support):
        return prototype_head(embedding, support)

    def step_size(self, step, name):
        return 0.0 if name.startswith("head.") else self.rate


@hookimpl
def learners():
    return [Boil]
