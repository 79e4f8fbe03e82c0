"""Images over HTTP: sent by pages, read back by who may, never run."""

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from PIL import Image

from collector.sites import Scope, SitesFile
from tests.support.collector import ADMIN_KEY, ORIGIN, WRITE_KEY, Collector, batch, event, eventually, uuid7
from tests.support.picturing import FORMATS, claims, picture

PNG = picture(640, 400)
ID = hashlib.sha256(PNG).hexdigest()
OTHER_KEY = "pk_other_key"
SITES = f"shop={WRITE_KEY}@{ORIGIN};blog={OTHER_KEY}@http://blog.test"


@pytest.fixture(scope="module", params=["1", "2"], ids=["one process", "two workers"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    data = tmp_path_factory.mktemp("images") / "data"
    settings = {"sites": SITES, "images_url": str(data.parent / "pictures"), "max_image_bytes": "100000"}
    with Collector(data, workers=request.param, **settings) as collector:
        collector.get("/health/ready")
        yield collector


@pytest.fixture
def stored(running: Collector) -> str:
    answer = running.upload(PNG)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["image_id"])


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_page_sent_is_read_back_byte_for_byte(running: Collector, form: str) -> None:
    data = picture(64, 48, form)
    image_id = hashlib.sha256(data).hexdigest()
    answer = running.upload(data)
    assert answer.status_code == 201
    assert {"image_id": image_id, "url": f"{running.url}/images/{image_id}"} == answer.json()
    assert ORIGIN == answer.headers["access-control-allow-origin"]
    found = running.get(f"/images/{image_id}")
    assert (data, f"image/{form.lower()}") == (found.content, found.headers["content-type"])


def test_the_list_of_images_shares_the_path(running: Collector) -> None:
    assert running.get("/v1/images").status_code == 200
    assert running.http.get("/v1/images").status_code == 401
    assert running.http.delete("/v1/images").status_code == 405


def test_the_head_of_an_image_says_what_its_body_would(running: Collector, stored: str) -> None:
    found = running.http.head(f"/images/{stored}", headers={"authorization": f"Bearer {ADMIN_KEY}"})
    assert (200, "image/png", str(len(PNG)), b"") == (
        found.status_code, found.headers["content-type"], found.headers["content-length"], found.content
    )  # fmt: skip


def test_the_same_picture_twice_is_one_file(running: Collector, stored: str) -> None:
    assert stored == ID
    assert running.upload(PNG).json()["image_id"] == stored
    assert [path.name for path in (running.data_dir.parent / "pictures").rglob("*") if path.name == ID] == [ID]


def test_a_page_needs_no_preflight_and_gets_one_when_it_asks(running: Collector) -> None:
    plain = running.upload(PNG, headers={"content-type": "text/plain;charset=UTF-8"})
    assert plain.status_code == 201
    asked = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type",
    }
    answer = running.http.options(f"/v1/images?k={WRITE_KEY}", headers=asked)
    assert answer.status_code == 200
    assert ORIGIN == answer.headers["access-control-allow-origin"]
    assert running.upload(PNG, headers={"content-type": "image/png"}).status_code == 201


@pytest.mark.parametrize(
    ("data", "key", "headers", "status", "reason"),
    [
        (PNG, "pk_wrong_key", {}, 401, "unknown_write_key"),
        (PNG, "", {}, 401, "unknown_write_key"),
        (PNG, WRITE_KEY, {"origin": "http://evil.test"}, 403, "origin_not_allowed"),
        (PNG, WRITE_KEY, {"content-encoding": "gzip"}, 415, "unsupported_encoding"),
        (b"", WRITE_KEY, {}, 415, "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", WRITE_KEY, {}, 415, "not_an_image"),
        (b"<html><script>alert(1)</script></html>", WRITE_KEY, {"content-type": "image/png"}, 415, "not_an_image"),
        (PNG[:20], WRITE_KEY, {}, 415, "not_an_image"),
        (claims(60_000, 60_000), WRITE_KEY, {}, 413, "too_many_pixels"),
        (PNG + bytes(100_000), WRITE_KEY, {}, 413, "body_too_large"),
    ],
)  # fmt: skip
def test_what_is_refused_says_why(
    running: Collector, data: bytes, key: str, headers: dict[str, str], status: int, reason: str
) -> None:
    answer = running.upload(data, key=key, headers=headers)
    assert (status, reason) == (answer.status_code, answer.json()["reason"])
    assert answer.json()["message"]


def test_a_body_without_a_length_is_bounded(running: Collector) -> None:
    def endless() -> Iterator[bytes]:
        yield PNG
        for _ in range(20):
            yield bytes(10_000)

    answer = running.http.post(f"/v1/images?k={WRITE_KEY}", content=endless(), headers={"origin": ORIGIN})
    assert (413, "body_too_large") == (answer.status_code, answer.json()["reason"])


def test_an_html_page_that_begins_as_a_picture_can_not_run(running: Collector) -> None:
    hostile = picture(8, 8, "GIF") + b"<script>alert(document.cookie)</script>"
    image_id = running.upload(hostile, headers={"content-type": "text/html"}).json()["image_id"]
    found = running.get(f"/images/{image_id}")
    assert "image/gif" == found.headers["content-type"]
    assert "same-origin" == found.headers["cross-origin-resource-policy"]
    assert "nosniff" == found.headers["x-content-type-options"]
    assert "sandbox" in found.headers["content-security-policy"]
    assert f'inline; filename="{image_id}.gif"' == found.headers["content-disposition"]


@pytest.mark.parametrize(
    "path",
    ["/images/..%2f..%2fsecret", "/images/%2e%2e/secret", "/images/sites.toml", f"/images/{ID.upper()}", f"/images/{ID}%00",
     f"/images/{ID}.shop", "/images/" + "0" * 64, "/images/..%2fsecret/thumbnail", f"/images/{ID[:2]}/{ID}"],
)  # fmt: skip
def test_a_path_that_is_no_image_is_not_found(running: Collector, stored: str, path: str) -> None:
    assert stored
    assert running.get(path).status_code == 404


def test_reading_needs_a_key_a_cookie_or_a_signature(running: Collector, stored: str) -> None:
    assert running.http.get(f"/images/{stored}").status_code == 401
    assert running.get(f"/images/{stored}", key="ik_wrong").status_code == 401
    assert running.http.get(f"/images/{stored}/thumbnail").status_code == 401
    assert running.http.get(f"/v1/images/{stored}").status_code == 401
    with httpx.Client(base_url=running.url, timeout=30) as browser:
        assert browser.post("/v1/session", json={"key": ADMIN_KEY}).status_code == 200
        assert browser.get(f"/images/{stored}").content == PNG


def test_a_signed_address_needs_no_key_and_is_for_one_image(running: Collector, stored: str) -> None:
    about = running.get(f"/v1/images/{stored}").json()
    assert (640, 400, len(PNG), "image/png") == tuple(about[n] for n in ("width", "height", "bytes", "media_type"))
    shown = running.http.get(about["signed_url"])
    assert (PNG, "cross-origin") == (shown.content, shown.headers["cross-origin-resource-policy"])
    other = running.upload(picture(9, 9)).json()["image_id"]
    assert running.http.get(about["signed_url"].replace(stored, other)).status_code == 403
    assert running.http.get(about["signed_url"][:-1]).status_code == 403
    small = about["signed_url"].replace("?", "/thumbnail?width=64&")
    assert running.http.get(small).headers["content-type"] == "image/webp"


def test_a_known_image_is_not_sent_again(running: Collector, stored: str) -> None:
    first = running.get(f"/images/{stored}")
    assert "private" in first.headers["cache-control"]
    again = running.get(f"/images/{stored}", headers={"if-none-match": first.headers["etag"]})
    assert (304, b"") == (again.status_code, again.content)
    assert running.get(f"/images/{'0' * 64}", headers={"if-none-match": '"' + "0" * 64 + '"'}).status_code == 404


@pytest.mark.parametrize(("width", "made"), [("100", 128), ("64", 64), ("4096", 640)])
def test_a_thumbnail_is_a_small_webp(running: Collector, stored: str, width: str, made: int) -> None:
    for _ in range(2):
        found = running.get(f"/images/{stored}/thumbnail", width=width)
        with Image.open(io.BytesIO(found.content)) as opened:
            assert ("WEBP", (made, made * 400 // 640)) == (opened.format, opened.size)


@pytest.mark.parametrize("width", ["0", "-1", "x", "99999"])
def test_a_thumbnail_of_no_width_is_refused(running: Collector, stored: str, width: str) -> None:
    answer = running.get(f"/images/{stored}/thumbnail", width=width)
    assert (422, "width") == (answer.status_code, answer.json()["errors"][0]["field"])


def test_a_picture_that_can_not_be_decoded_has_no_thumbnail(running: Collector) -> None:
    image_id = running.upload(picture(64, 48, "JPEG")[:300]).json()["image_id"]
    answer = running.get(f"/images/{image_id}/thumbnail")
    assert (422, "not_an_image") == (answer.status_code, answer.json()["reason"])
    assert running.get(f"/images/{image_id}").status_code == 200


def test_a_key_reads_the_images_of_its_sites(running: Collector, stored: str) -> None:
    file = SitesFile(running.data_dir / "sites.toml", extra_sites=SITES)
    key = file.add_key(f"of-the-blog-{uuid7()}", [Scope.READ], ["blog"])
    eventually(lambda: running.get(f"/images/{stored}", key=key).status_code, lambda status: status != 401)
    assert running.get(f"/images/{stored}", key=key).status_code == 404
    assert running.get(f"/images/{stored}/thumbnail", key=key).status_code == 404
    assert running.get(f"/v1/images/{stored}", key=key).status_code == 404
    assert running.upload(PNG, key=OTHER_KEY, headers={"origin": "http://blog.test"}).status_code == 201
    assert running.get(f"/images/{stored}", key=key).content == PNG


def test_the_screenshot_of_a_feedback_is_the_image_of_its_row(running: Collector, stored: str) -> None:
    said = event("feedback", text="the menu is hard to find", screenshot=stored)
    assert (
        running.send(json.dumps(batch(said, session_id="0193a5c0-0000-7000-8000-0000000000aa")).encode()).status_code
        == 202
    )
    row = running.rows_when(1, event="feedback")[0]
    assert f"/images/{stored}" == row["interacted_image_url"]
    assert running.get(row["interacted_image_url"]).content == PNG


def test_images_are_counted(running: Collector, stored: str) -> None:
    assert stored
    text = running.http.get("/metrics").text
    assert 'collector_images_total{new="yes",site="shop"}' in text
    assert 'collector_rejected_total{reason="not_an_image"}' in text


def test_ready_says_that_images_can_be_written(running: Collector) -> None:
    assert {"ok": True} == running.get("/health/ready").json()["images"]


def test_images_that_can_not_be_written_do_not_stop_beacons(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with Collector(tmp_path / "data", images_url=str(tmp_path / "file")) as collector:
        ready = collector.get("/health/ready")
        assert (200, "degraded", False) == (ready.status_code, ready.json()["status"], ready.json()["images"]["ok"])
        refused = collector.upload(PNG)
        assert (503, "images_failed") == (refused.status_code, refused.json()["reason"])
        assert int(refused.headers["retry-after"]) > 0
        assert collector.send(batch()).status_code == 202


def test_a_server_may_send_without_an_origin(running: Collector) -> None:
    answer = running.http.post(f"/v1/images?k={WRITE_KEY}", content=PNG)
    assert answer.status_code == 201
    assert "access-control-allow-origin" not in answer.headers
