"""Tests of the image run where `.ci/image` built one."""

import shutil

import pytest

from tests.image.containers import IMAGE, podman

TOOLS = ("podman", "runc")


@pytest.fixture(scope="session", autouse=True)
def built() -> None:
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.skip(f"The image cannot be tried: {', '.join(missing)} is missing")
    if not IMAGE or podman("image", "exists", IMAGE).returncode:
        pytest.skip("The image is not built: .ci/image ./run test tests/image builds and tries it")
