import importlib
import pkgutil
import re

import pytest

import dashboard.collect
import dashboard.diagnose
import dashboard.postgres
import dashboard.settings
from queries import patterns


def test_a_pattern_is_as_if_it_had_been_compiled() -> None:
    word = patterns.lazy(r"(?P<first>[a-z])\w*", re.IGNORECASE)
    compiled = re.compile(r"(?P<first>[a-z])\w*", re.IGNORECASE)
    assert word.findall("One two") == compiled.findall("One two")
    assert word.sub("x", "One two") == compiled.sub("x", "One two")
    assert word.groupindex == compiled.groupindex
    assert (word.pattern, word.flags) == (compiled.pattern, compiled.flags)


def test_bytes_have_patterns_too() -> None:
    assert patterns.lazy(rb"\d+").search(b"a1")


def test_what_no_pattern_can_be_is_said_when_it_is_used() -> None:
    wrong = patterns.lazy("(")
    with pytest.raises(re.error):
        wrong.search("a")


def test_every_pattern_of_the_product_can_be_compiled() -> None:
    """A mistake would be met only where somebody's text is read."""
    for package in (dashboard.diagnose, dashboard.settings, dashboard.collect, dashboard.postgres):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            module = importlib.import_module(found.name)
            for each in vars(module).values():
                if type(each) is type(patterns.lazy("")):
                    assert isinstance(each.groups, int), found.name
