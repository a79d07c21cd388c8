"""Official splits, encoded as ``classify`` encodes: what the full-way scripts begin with."""

from fewtext.encoding import CLASSIFYING, load_encoder
from fewtext.workbench import Workbench


def official_splits(names):
    """Yield name, encoder (which remembers both splits), train items, test items and the features of the latter."""
    bench = Workbench()
    known = bench.remembering(load_encoder(CLASSIFYING))
    for name in names:
        corpus = bench.corpus(name)
        train, test = (bench.items(corpus, split) for split in ("train", "test"))
        known.keep(train)
        known.keep(test)
        yield name, known, train, test, known.encode(test.items)
