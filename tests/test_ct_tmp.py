from fewtext.testing import learner_checks
from fewtext_plugins.crosstransformer import CrossTransformer
@learner_checks(CrossTransformer)
def test_ct(check): check()
