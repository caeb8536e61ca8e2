import pytest
from hypothesis import settings

settings.register_profile("fas", deadline=None)
settings.load_profile("fas")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes the long pipeline tests come first, so that the short ones fill up what time is left."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.get_closest_marker("pipeline") is None)
