"""Hypothesis as these tests want it: no deadlines on a busy machine, nothing written into the checkout."""

from hypothesis import HealthCheck, settings

from tests.support.examples import examples

settings.register_profile(
    "unit", deadline=None, database=None, max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unit")
