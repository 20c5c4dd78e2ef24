"""Composed texts: each id is found, nothing else is taken for one, and no error is overlooked."""

from hypothesis import given, settings

from tests.diagnose.paste.grammar import Text, faults, texts


@settings(max_examples=500, deadline=None)  # 20,000 of them in ./run bench differential
@given(texts())
def test_a_composed_text(text: Text) -> None:
    assert faults(text) == []
