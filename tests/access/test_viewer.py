"""What is granted counts where it is granted, and whom no line covers gets nothing."""

import pytest

from dashboard.access.viewer import OPERATOR, Identity, viewer_of
from dashboard.settings.grants import Grant, Level

GRANTS = (
    Grant(("group:leads",), Level.ADMIN, ("staging",), names=True),
    Grant(("*@example.com",), Level.VIEWER),
    Grant(("group:support",), Level.SUPPORT, ("preview-*",), names=True),
    Grant(("*@example.com",), Level.VIEWER, ("production",), names=True),
)


def test_each_grant_counts_for_its_own_environments() -> None:
    """Who may scan staging may not scan production because everybody may look at it."""
    lea = viewer_of(Identity("lea@example.com", frozenset({"leads"})), GRANTS)
    assert lea
    assert lea.sees("staging", Level.ADMIN)
    assert lea.sees("production")
    assert not lea.sees("production", Level.SUPPORT)
    assert (lea.sees_names("staging"), lea.sees_names("preview-1")) == (True, False)


def test_names_are_for_support() -> None:
    vera = viewer_of(Identity("vera@example.com"), GRANTS)
    assert vera
    assert not vera.sees_names("production")


@pytest.mark.parametrize(
    ("user", "groups"),
    [
        ("mallory@elsewhere.test", ()),
        ("lea@example.com.evil.test", ()),
        ("group:leads", ()),
        ("x@y", ("Leads", "group:leads", "leads*")),
        ("", ()),
    ],
)
def test_whom_no_line_covers_gets_nothing(user: str, groups: tuple[str, ...]) -> None:
    assert viewer_of(Identity(user, frozenset(groups)), GRANTS) is None


def test_addresses_are_compared_without_regard_to_case() -> None:
    assert viewer_of(Identity("Vera@Example.COM"), GRANTS)


@pytest.mark.parametrize("like", ["\u212aim@example.com", "kim@example.\u212a"])
def test_another_letter_is_not_the_same_letter(like: str) -> None:
    """Python's lower() makes a k of the sign for Kelvin, which a provider tells from it."""
    grants = (Grant(("kim@example.com", "kim@example.k"), Level.ADMIN),)
    assert viewer_of(Identity(like), grants) is None
    assert viewer_of(Identity("KIM@example.com"), grants)


def test_the_operator_sees_everything() -> None:
    assert OPERATOR.sees("anything", Level.ADMIN)
    assert OPERATOR.sees_names("anything")
