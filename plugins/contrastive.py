"""Supervised contrastive learning (Khosla et al., 2020): texts of one label move together, all others apart."""

from collections.abc import Iterable, Iterator, Sequence

import torch
from torch import Tensor

from fewtext.api import Encoder, Progress, Tuner, hookimpl

DECAY, LARGEST = 0.01, 1.0  # of the weights, and of the gradient's norm
SMALLEST = 16  # texts in a step


class Contrastive(Tuner):
    """Trains all layers but the word embeddings, by AdamW, for ``steps`` steps and one more for every 16 examples.

    A step embeds a batch of texts, a few of every class it draws, and compares them all with one another: n^2 pairs at
    the cost of n. A batch has half as many texts as the support, but at least 16, where texts may repeat under another
    dropout mask, and at most ``batch``.
    """

    name = "contrastive"

    def __init__(self, *, steps: int = 8, batch: int = 32, rate: float = 1.5e-4, temperature: float = 0.3) -> None:
        if not 1 <= steps <= 10_000 or not 4 <= batch <= 4096 or not 0 < rate <= 0.1 or not 0 < temperature <= 10:
            raise ValueError("steps is 1 to 10000, batch 4 to 4096, rate at most 0.1 and temperature at most 10")
        self.steps, self.batch, self.rate, self.temperature = steps, batch, rate, temperature

    def tune(
        self, encoder: Encoder, texts: Sequence[str], y: Tensor, *, seed: int = 0, progress: Progress | None = None
    ) -> Encoder:
        """Return the encoder with trained weights."""
        steps = self.steps + len(texts) // 16
        generator = torch.Generator().manual_seed(seed)
        model = encoder.trainable().train()
        trained = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
        optimizer = torch.optim.AdamW(trained.values(), lr=self.rate, weight_decay=DECAY)
        # Linear warm-up over a tenth of the steps, then linear decay to zero.
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda t: min(1.0, (t + 1) / max(1.0, steps / 10)) * (1 - t / steps)
        )
        batches = _batches(y, min(self.batch, max(SMALLEST, len(texts) // 2)), generator)
        half = getattr(encoder, "dtype", torch.float32) != torch.float32
        with torch.random.fork_rng(devices=[encoder.device] if encoder.device.type == "cuda" else []):
            torch.manual_seed(seed)  # dropout takes no generator of its own
            for step in range(steps):
                rows = next(batches)
                with torch.autocast(encoder.device.type, torch.bfloat16, enabled=half):
                    z = model([texts[row] for row in rows])
                loss = contrast(z.float(), y[rows].to(z.device), self.temperature)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(trained.values(), LARGEST)
                optimizer.step()
                schedule.step()
                if progress:
                    progress(step + 1, steps)
        return encoder.with_weights({name: weight.detach().cpu() for name, weight in trained.items()})


def contrast(z: Tensor, y: Tensor, temperature: float) -> Tensor:
    """Return the loss of unit vectors ``[n, d]``: the cross-entropy of picking those of its class among all others."""
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    log_probability = (z @ z.T / temperature).masked_fill(itself, -torch.inf).log_softmax(-1)
    positive = (y[:, None] == y) & ~itself
    each = -log_probability.masked_fill(~positive, 0.0).sum(1) / positive.sum(1).clamp(min=1)
    return each[positive.any(1)].mean()


def _batches(y: Tensor, size: int, generator: torch.Generator) -> Iterator[list[int]]:
    """Yield batches of rows without end: classes in turn, and of each some examples in turn, at least two."""
    ways = sorted(set(y.tolist()))
    each = max(2, size // len(ways))
    queues: dict[int, list[int]] = {way: [] for way in ways}
    turn: list[int] = []
    while True:
        rows: list[int] = []
        drawn: set[int] = set()
        while len(drawn) < min(len(ways), max(2, size // each)):
            turn = turn or [ways[i] for i in torch.randperm(len(ways), generator=generator)]
            way = turn.pop()
            if way in drawn:  # a new turn began within the batch
                turn.insert(0, way)
                continue
            drawn.add(way)
            own = (y == way).nonzero()[:, 0]
            while len(queues[way]) < each:
                queues[way] = own[torch.randperm(len(own), generator=generator)].tolist() + queues[way]
            rows += [queues[way].pop() for _ in range(each)]
        yield rows


@hookimpl
def tuners() -> Iterable[type[Tuner]]:
    """Offer the tuner."""
    return [Contrastive]
