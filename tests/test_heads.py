"""Learners whose answer is a formula of the support: ridge, discriminant analysis, logistic, relation, matching."""

import pytest
import torch
from fewtext_plugins.lda import Lda
from fewtext_plugins.ridge import Ridge
from torch import nn

from fewtext.learning import Support
from fewtext.testing import learner_checks


@learner_checks(Ridge)
def test_ridge(check):
    check()


@learner_checks(Lda)
def test_lda(check):
    check()
