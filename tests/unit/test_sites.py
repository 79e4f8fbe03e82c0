"""The sites file: errors name the place, changes show within a second, keys are kept as digests only."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sites import Registry, Scope, SitesError, SitesFile, hashed, normal_origin, parse, parse_sites

SHOP = '[sites.shop]\nwrite_key = "pk_shop_key"\norigins = ["https://shop.example"]\n'
BLOG = '[sites.blog]\nwrite_key = "pk_blog_key"\n'


def until(found: Callable[[], bool], seconds: float) -> bool:
    """Whether it becomes true in time."""
    end = time.monotonic() + seconds
    while not found():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[sites.shop", "line 1"),
        (SHOP + "x = [", "line 4"),
        (SHOP + SHOP, "shop"),
        ("[sites.shop]\norigins = []", "sites.shop.write_key: Field required"),
        ('[sites.shop]\nwrite_key = "short"', "sites.shop.write_key"),
        ('[sites.shop]\nwrite_key = "has a space"', "sites.shop.write_key"),
        ('[sites.Shop]\nwrite_key = "pk_shop_key"', "sites.Shop: 'Shop' is no name; take lower-case letters"),
        (SHOP + 'path = "fx"', "sites.shop.path: 'fx' is no path for this; write it like /fx"),
        (SHOP + 'script = "../x.js"', "sites.shop.script: '../x.js' is no name of a script; write it like shop.js"),
        (
            SHOP.replace("https://", ""),
            "sites.shop.origins.0: 'shop.example' is no origin; write it like https://shop.example",
        ),
        (SHOP + "colour = 1", "sites.shop.colour"),
        (SHOP + 'timezone = "Berlin"', "sites.shop.timezone: must be an IANA time zone such as Europe/Berlin"),
        ("colour = 1", "colour"),
        ('[keys.a]\nsha256 = "x"\nscopes = ["read"]', "keys.a.sha256"),
        (f'[keys.a]\nsha256 = "{hashed("x")}"\nscopes = ["dance"]', "keys.a.scopes"),
        (f'[keys.a]\nsha256 = "{hashed("x")}"\nscopes = []', "keys.a.scopes"),
        (SHOP + SHOP.replace("shop]", "other]"), "two sites have the same write_key"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_place(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(text)
    with pytest.raises(SitesError) as refused:
        SitesFile(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert place in str(refused.value)


@given(st.text(alphabet="[]sites.kyx= \"\n1{},#'\\", max_size=60))
def test_any_text_is_a_file_or_a_named_error(text: str) -> None:
    try:
        parse(text, "the file")
    except SitesError as error:
        assert str(error).startswith("the file: ")


@pytest.mark.parametrize("content", [b"\xff\xfe", SHOP.encode("utf-16")])
def test_a_file_that_is_no_text_is_refused_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sites.toml").write_bytes(content)
    with pytest.raises(SitesError, match=r"sites\.toml"):
        SitesFile(tmp_path / "sites.toml")


def test_a_change_shows_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(SHOP)
    file = SitesFile(path)
    assert {"pk_shop_key": "shop"} == file.registry.by_write_key
    path.write_text(SHOP + BLOG)
    assert until(lambda: "pk_blog_key" in file.registry.by_write_key, 1.3)
    assert {"shop", "blog"} == set(file.registry.sites)


@pytest.mark.parametrize("broken", [b"[sites.", b"\xff\xfe", None])
def test_a_broken_file_keeps_the_last_good_one_until_it_is_mended(tmp_path: Path, broken: bytes | None) -> None:
    """None: the file became a folder and can't be read at all."""
    path = tmp_path / "sites.toml"
    path.write_text(SHOP)
    file = SitesFile(path)
    path.unlink()
    if broken is None:
        path.mkdir()
    else:
        path.write_bytes(broken)
    file._next_check = 0
    assert {"shop"} == set(file.registry.sites)
    assert {"shop"} == set(file.registry.sites)
    path.rmdir() if broken is None else path.unlink()
    path.write_text(BLOG)
    file._next_check = 0
    assert {"blog"} == set(file.registry.sites)


def test_a_change_by_our_own_hand_shows_at_once_and_comments_stay(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    path.write_text("# ours\n" + SHOP)
    file = SitesFile(path)
    key = file.add_site("blog", ["HTTPS://Blog.Example:443/"])
    assert "blog" == file.registry.by_write_key[key]
    assert file.registry.sites["blog"].allows("https://blog.example")
    file.allow("blog", "https://www.blog.example")
    assert file.registry.sites["blog"].allows("https://www.blog.example")
    file.remove("sites", "shop")
    assert {"blog"} == set(SitesFile(path).registry.sites)
    assert "# ours" in path.read_text()
    assert 0o600 == path.stat().st_mode & 0o777


def test_keys_are_kept_as_digests_and_found_by_their_text(tmp_path: Path) -> None:
    file = SitesFile(tmp_path / "sites.toml")
    file.add_site("shop", [])
    text = file.add_key("analyst", [Scope.READ], ["shop"])
    assert text not in (tmp_path / "sites.toml").read_text()
    found = SitesFile(tmp_path / "sites.toml").registry.key(text)
    assert found is not None
    name, key = found
    assert ("analyst", ("shop",)) == (name, key.sites)
    assert [True, False] == [key.may(Scope.READ), key.may(Scope.DELETE)]
    assert None is file.registry.key(text + "x")
    assert None is file.registry.key("")
    file.remove("keys", "analyst")
    assert None is file.registry.key(text)


def test_an_admin_key_from_the_settings_may_everything(tmp_path: Path) -> None:
    found = SitesFile(tmp_path / "sites.toml", admin_key="s3cret").registry.key("s3cret")
    assert found is not None
    assert all(found[1].may(scope) for scope in Scope)
    assert None is SitesFile(tmp_path / "sites.toml").registry.key("")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda file: file.add_site("shop", []), "there is a site 'shop' already"),
        (lambda file: file.add_site("No Name", []), "sites.No Name"),
        (lambda file: file.add_site("new", ["shop.example"]), "is no origin"),
        (lambda file: file.add_site("new", [], path="fx"), "sites.new.path"),
        (lambda file: file.add_site("new", [], path="/fx/"), "sites.new.path"),
        (lambda file: file.add_site("new", [], script="../x.js"), "sites.new.script"),
        (lambda file: file.allow("nope", "https://x.example"), "there is no site 'nope'"),
        (lambda file: file.remove("sites", "nope"), "there is no site 'nope'"),
        (lambda file: file.remove("keys", "nope"), "there is no key 'nope'"),
        (lambda file: file.add_key("k", [Scope.READ], ["nope"]), "there is no site nope"),
    ],
)
def test_a_change_that_can_not_be_made_leaves_the_file_alone(
    tmp_path: Path, change: Callable[[SitesFile], object], words: str
) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(SHOP)
    with pytest.raises(SitesError, match=words):
        change(SitesFile(path))
    assert SHOP == path.read_text()
    assert {"sites.toml"} == set(os.listdir(tmp_path)) - {"sites.toml.lock"}


def test_sites_from_the_settings_stand_beside_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sites.toml"
    path.write_text(SHOP)
    registry = SitesFile(
        path, extra_sites="blog=pk_blog_key@https://a.example,http://b.example:8080; plain=pk_plain_key"
    ).registry
    assert {"shop", "blog", "plain"} == set(registry.sites)
    assert ("https://a.example", "http://b.example:8080") == registry.sites["blog"].origins
    assert () == registry.sites["plain"].origins
    assert frozenset({"https://shop.example", "https://a.example", "http://b.example:8080"}) == registry.origins


@pytest.mark.parametrize(
    "text", ["blog", "blog=", "=pk_blog_key", "blog=pk_blog_key@b.example", "Blog=pk_blog_key", "a b=pk_blog_key"]
)
def test_wrong_sites_in_the_settings_name_the_setting(text: str) -> None:
    with pytest.raises(SitesError, match=r"^COLLECTOR_SITES: "):
        parse_sites(text)


@pytest.mark.parametrize("extra", ["a=pk_shared_key;b=pk_shared_key", "other=pk_shop_key"])
def test_one_write_key_never_stands_for_two_sites(tmp_path: Path, extra: str) -> None:
    (tmp_path / "sites.toml").write_text(SHOP)
    with pytest.raises(SitesError, match="two sites have the same write_key"):
        SitesFile(tmp_path / "sites.toml", extra_sites=extra)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://shop.example", "https://shop.example"),
        ("HTTPS://Shop.Example/", "https://shop.example"),
        (" https://shop.example ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("http://shop.example:443", "http://shop.example:443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
        ("*", "*"),
    ],
)
def test_origins_are_kept_as_browsers_send_them(text: str, origin: str) -> None:
    assert origin == normal_origin(text)
    assert origin == normal_origin(origin)


@pytest.mark.parametrize(
    "text", ["", "shop.example", "ftp://shop.example", "https://", "https://shop.example/path", "https://shop.example?q",
             "https://shop.example:99999", "https://[bad", "null", "https://a b.example", "https://anna@shop.example",
             "https://shop.example#top", "https://*.example", "https://*"]
)  # fmt: skip
def test_what_is_no_origin_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no origin; write it like https://shop\.example"):
        normal_origin(text)


def test_a_star_allows_any_page() -> None:
    (site,) = parse_sites("any=pk_any_key@*").values()
    assert site.allows("https://anyone.example")
    assert not site.allows("null")
    assert "*" in Registry({"any": site}, {}).origins
