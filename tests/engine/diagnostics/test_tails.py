import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from engine.statistics.chance import binomial_tail, chi2_tail
from engine.statistics.tails import beta_share, gamma_tail, log_gamma

POSITIVE = st.floats(min_value=0.5, max_value=500.0)


@given(a=POSITIVE, b=POSITIVE, x=st.floats(min_value=0.0, max_value=1.0))
def test_the_incomplete_beta_function_is_scipys(a: float, b: float, x: float) -> None:
    assert beta_share(a, b, np.array([x]))[0] == pytest.approx(special.betainc(a, b, x), rel=1e-9, abs=1e-12)


@given(a=POSITIVE, x=st.floats(min_value=0.0, max_value=2000.0))
def test_the_incomplete_gamma_function_is_scipys(a: float, x: float) -> None:
    assert gamma_tail(a, x) == pytest.approx(special.gammaincc(a, x), rel=1e-9, abs=1e-12)


def test_log_gamma_is_scipys_also_at_its_poles() -> None:
    x = np.array([[0.0, -2.0, 0.5], [1.0, 7.5, 400.0]])
    assert log_gamma(x) == pytest.approx(special.gammaln(x))


@given(n=st.integers(1, 300), share=st.floats(0.0, 1.0), p=st.floats(0.001, 0.999))
def test_a_binomial_tail_is_scipys(n: int, share: float, p: float) -> None:
    k = round(share * n)
    assert binomial_tail(k, n, p) == pytest.approx(special.bdtrc(k - 1, n, p) if k else 1.0, rel=1e-8, abs=1e-12)


def test_a_chi_squared_tail_is_scipys() -> None:
    for statistic, degrees in ((-1.0, 3), (0.0, 2), (2.5, 4), (80.0, 9)):
        assert chi2_tail(statistic, degrees) == pytest.approx(special.chdtrc(degrees, max(statistic, 0.0)), rel=1e-9)


def test_a_review_needs_no_scipy() -> None:
    loads = "import sys, engine.api.reviewing, engine.review.rank_agreement, engine.statistics.chance"
    statement = f"{loads}; assert 'scipy' not in sys.modules"
    subprocess.run([sys.executable, "-c", statement], check=True)
