"""URLs are kept without what is secret or personal."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from collector.intake.url import clean, is_secret, path

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
pieces = st.sampled_from(
    ["http:", "https:", "//", "/", ":", "@", "?", "#", "&", ";", "=", "%", "%40", "%23", "[", "]", "..", "a", "shop.example",
     "token", "user:pw", "x@y.zz", JWT, "\t", " ", "\\", "é", "\ud800"]
)  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["token", "access_token", "accessToken", "ACCESS_TOKEN", "id-token", "csrf_token", "password", "passwd", "pwd", "pass",
     "newPassword", "user[password]", "user%5Bpassword%5D", "secret", "client_secret", "clientSecret", "api_key", "apiKey",
     "apikey", "api-key", "code", "state", "otp", "pin", "cvv", "iban", "session", "sessionid", "sid", "PHPSESSID", "sig",
     "X-Amz-Signature", "X-Amz-Credential", "auth", "authorization", "jwt", "email", "e-mail", "userEmail", "phone", "tel",
     "SAMLResponse", "nonce", "ticket", "%74oken", "_csrf", "XSRF", "authcode", "pw"],
)  # fmt: skip
def test_a_parameter_with_a_secret_name_is_taken_out(name: str) -> None:
    assert "https://shop.example/a?q=shoes&page=2" == clean(f"https://shop.example/a?q=shoes&{name}=abc123&page=2")


@pytest.mark.parametrize(
    "name", ["q", "page", "sort", "product", "compass", "author", "passage", "design", "shipping", "hotel", "keyword", "zip",
             "category", "utm_source", "utm_campaign", "ref", "color", "statement", "barcode", "opinion", "spin"]
)  # fmt: skip
def test_a_harmless_parameter_stays(name: str) -> None:
    assert f"https://shop.example/?{name}=x" == clean(f"https://shop.example/?{name}=x")


@pytest.mark.parametrize("value", [JWT, "anna%40example.com", "anna@example.com", "Anna+B+%3Canna%40example.com%3E"])
def test_a_secret_value_is_taken_out_whatever_its_name(value: str) -> None:
    assert "/a?q=1" == clean(f"/a?x={value}&q=1")


def test_a_parameter_without_a_value_may_be_secret_too() -> None:
    assert "/a?q" == clean("/a?token&q")


@pytest.mark.parametrize(
    "query", ["next=%2Freset%3Ftoken%3Dabc", "u=https%3A%2F%2Fx.example%2F%23access_token%3Dabc", "a=1;token=abc",
              "next=%2Flogin%3Fnext%3D%252Freset%253Ftoken%253Dabc"]
)  # fmt: skip
def test_a_secret_inside_a_value_takes_the_value_along(query: str) -> None:
    assert "/a?q=1" == clean(f"/a?{query}&q=1")


def test_an_address_without_secrets_inside_a_value_stays() -> None:
    assert "/a?next=%2Fcart%3Fitem%3D3" == clean("/a?next=%2Fcart%3Fitem%3D3")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://anna:secret@shop.example/a", "https://shop.example/a"),
        ("https://anna@shop.example:8443/a", "https://shop.example:8443/a"),
        ("//anna:secret@shop.example/a", "//shop.example/a"),
        ("https://a@b@shop.example/a", "https://shop.example/a"),
        ("https://anna:secret@[bad/a?q=1#f", "https://[bad/a"),
        ("https://anna:sec\u2100ret@shop.example/a?q=1", "https://shop.example/a"),
    ],
)
def test_user_information_is_taken_out_of_any_text(url: str, kept: str) -> None:
    assert kept == clean(url)


@pytest.mark.parametrize("fragment", ["#top", "#access_token=abc", "#/route?token=abc", "#"])
def test_fragments_are_taken_out(fragment: str) -> None:
    assert "https://shop.example/a?q=1" == clean(f"https://shop.example/a?q=1{fragment}")


@pytest.mark.parametrize(
    "part", ["0123456789abcdef0123456789abcdef01234567", JWT, "anna@example.com", "anna%40example.com", "a@b.co",
             "aB3" * 14]
)  # fmt: skip
def test_a_token_or_address_in_the_path_is_replaced(part: str) -> None:
    assert "https://shop.example/u/[removed]/edit" == clean(f"https://shop.example/u/{part}/edit")
    assert "/u/[removed]" == path(f"/u/{part}")


@pytest.mark.parametrize(
    "url", ["/products/macbook-pro-16-inch-m4-max-with-64-gb-of-memory-and-2-tb", "/p/0193a5c0-0000-7000-8000-000000000001",
            "/@maker/shoes", "/a/b/c", "/Categories/Laptops%20and%20Tablets", "https://shop.example", "", "?q=1", "/a;v=1"]
)  # fmt: skip
def test_ordinary_urls_stay_as_they_are(url: str) -> None:
    assert url == clean(url)


def test_a_session_in_a_path_parameter_is_taken_out() -> None:
    assert "/shop;v=1/cart?q=1" == clean("/shop;v=1;jsessionid=ABC123/cart;JSESSIONID=DEF?q=1")


@given(st.one_of(st.text(), st.lists(pieces, max_size=12).map("".join)))
@example("////a")
@example("http:////a@b/")
@example("//\\@//x")
@example("//@//https:@https:[%40")
@example("/?" + "a=" * 4000)
def test_cleaning_never_raises_leaves_no_fragment_and_is_done_after_once(url: str) -> None:
    once = clean(url)
    assert "#" not in once
    assert once == clean(once)
    assert path(url)


@given(st.lists(pieces, max_size=8).map("".join))
def test_a_json_web_token_never_survives_in_path_or_query(text: str) -> None:
    assert JWT not in clean(f"https://shop.example/{text}/{JWT}/?{text}={JWT}&x={JWT}")


@pytest.mark.parametrize(
    ("url", "words"),
    [("https://shop.example/a/b?q=1#f", "/a/b"), ("https://shop.example", "/"), ("", "/"), ("https://[bad", "/")],
)
def test_the_path_is_what_people_read(url: str, words: str) -> None:
    assert words == path(url)


def test_is_secret_looks_at_name_and_value() -> None:
    assert [True, True, False] == [is_secret("token", ""), is_secret("x", JWT), is_secret("x", "y")]
