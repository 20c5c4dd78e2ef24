"""Whatever a short run leaves out is proven there, too: by the same test with other parameters."""

import pytest

from dashboard.settings import project_folder
from tests import repetitions


@pytest.mark.parametrize("name", repetitions.AT_LENGTH)
def test_what_is_left_to_the_long_run_is_there(name: str) -> None:
    assert (project_folder() / name).is_file()


def test_no_proof_is_left_to_the_long_run(request: pytest.FixtureRequest) -> None:
    collected = request.config.stash[repetitions.COLLECTED]
    if not any(repeated for _, repeated in collected):
        pytest.skip("No repetition was collected: run all tests")
    assert repetitions.without_sibling(collected) == set()


def test_a_proof_of_which_nothing_is_left_is_found() -> None:
    collected = (
        ("a.py::test_one[18]", False),
        ("a.py::test_one[15]", True),
        ("a.py::test_other[15]", True),
        ("b.py::test_other[18]", False),
        ("a.py::TestClass::test_one", True),
    )
    assert repetitions.without_sibling(collected) == {
        "a.py::test_other",
        "a.py::TestClass::test_one",
    }
