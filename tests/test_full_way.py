"""The full-way and open-set tracks: official splits, many supports, texts of no class, and answering together."""

import pytest

from fewtext.evaluation.full_way import Supports, evaluate_supports

pytest.importorskip("sklearn", reason="metrics need the extra benchmarks")


def evaluated(session, corpus, **options):
    return evaluate_supports(session, str(corpus), "protonet", {}, Supports(4, 3), label_names=False, **options)


@pytest.mark.parametrize("encoder", [None, "tfidf"])
def test_transductive_answers_are_reported_as_such_and_differ_on_the_same_supports(session, corpus, encoder):
    alone = evaluated(session, corpus, encoder=encoder)
    together = evaluated(session, corpus, encoder=encoder, transductive=True)
    assert (alone.inductive, together.inductive) == (True, False)
    assert "full-way, transductive" in together.track and together.episode_list == alone.episode_list
    changed = together.metrics.log_loss != alone.metrics.log_loss
    assert changed == (encoder is None), "by tfidf, neighbours do not agree, and so do not count"


@pytest.mark.parametrize("encoder", [None, "tfidf"])
def test_out_of_scope_texts_are_detected_by_both_scores(session, corpus, encoder):
    (corpus / "valid.jsonl").write_text("\n".join(f'{{"text": "odd{i} thing{i}", "label": "none"}}' for i in range(9)))
    found = evaluated(session, corpus, encoder=encoder, outside="valid")
    assert found.track == "open-set, inductive"
    assert found.metrics.similarity.auroc > max(0.9, found.metrics.open_set.auroc - 0.05)
    assert found.metrics.similarity.out_of_scope_f1 > 0.5
    assert evaluated(session, corpus, encoder=encoder).metrics.similarity is None
