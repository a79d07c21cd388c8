"""The smallest keys of each row are found where topk finds them, whatever the rows' length and equal keys."""

import pytest
import torch

from fewtext.training.smallest import smallest


def keys(*shape, distinct=1 << 24):
    generator = torch.Generator().manual_seed(0)
    return torch.randint(0, distinct, shape, generator=generator).float() / distinct


@pytest.mark.parametrize("shape", [(50, 7), (20, 5, 40), (3, 300), (2, 5000), (1, 1)])
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_the_places_are_those_of_topk(shape, share):
    count = max(1, round(share * shape[-1]))
    some = keys(*shape)
    assert torch.equal(smallest(some, count), some.topk(count, largest=False).indices)


@pytest.mark.parametrize("shape", [(200, 12), (40, 700)])
def test_among_equal_keys_the_order_is_that_of_topk_too(shape):
    """Published lists of episodes were drawn by topk: a tie is rare, and must not change them either."""
    some = keys(*shape, distinct=10)
    assert torch.equal(smallest(some, 5), some.topk(5, largest=False).indices)


def test_rows_that_are_no_block_of_memory_and_more_than_are_sorted_at_once():
    some = keys(40, 9000).T
    assert torch.equal(smallest(some, 6), some.topk(6, largest=False).indices)
    assert smallest(keys(0, 4), 2).shape == (0, 2)
