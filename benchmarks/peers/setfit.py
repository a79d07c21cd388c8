"""SetFit (Tunstall et al., 2022): its body is fine-tuned on pairs of examples, its head is a logistic regression."""

import pickle
import tempfile

import numpy as np
from datasets import Dataset
from setfit import SetFitModel, Trainer, TrainingArguments

from peers.process import Peer, serve


class SetFit(Peer):
    """SetFit at its defaults but for ``num_iterations``, pairs drawn for each text, so that a fit ends in minutes."""

    libraries = ("setfit", "sentence-transformers", "transformers", "torch", "scikit-learn")
    pairs = ((1, 20), (5, 10), (10, 5))  # examples a label at most, and pairs a text

    def __init__(self, body):
        self._body = body

    def fit(self, texts, labels, names, seed):
        self._model = SetFitModel.from_pretrained(self._body, device="cpu")
        pairs = next(count for shots, count in self.pairs if len(texts) <= shots * len(set(labels)))
        with tempfile.TemporaryDirectory() as folder:
            arguments = TrainingArguments(
                output_dir=folder, num_iterations=pairs, seed=seed, report_to="none", save_strategy="no",
                show_progress_bar=False, logging_strategy="no",
            )  # fmt: skip
            examples = Dataset.from_dict({"text": texts, "label": labels})
            Trainer(self._model, args=arguments, train_dataset=examples).train()

    def answer(self, texts):
        probabilities = np.asarray(self._model.predict_proba(texts, as_numpy=True))
        return [str(self._model.model_head.classes_[row]) for row in probabilities.argmax(1)], probabilities.max(1)

    def megabytes(self):
        body = sum(weight.numel() * weight.element_size() for weight in self._model.model_body.parameters())
        return (body + len(pickle.dumps(self._model.model_head))) / 1e6


if __name__ == "__main__":
    serve(SetFit)
