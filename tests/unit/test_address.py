"""Addresses of images: hosts that hand out credentials are refused in any form a resolver takes."""

import pytest

from collector.wire.address import address_of, image_url

METADATA = [
    "169.254.169.254", "169.254.169.254.", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518",
    "[fd00:ec2::254]", "[fd00:ec2:0::254]", "[FD00:0EC2::0254]", "[fd00:ec2::254%25eth0]", "[::ffff:169.254.169.254]",
    "１６９.254.169.254", "169。254。169。254", "metadata.google.internal", "METADATA.google.internal.",
]  # fmt: skip


@pytest.mark.parametrize("host", METADATA)
@pytest.mark.parametrize("form", ["http://{}/x.png", "https://user@{}:80/x.png", "HTTP://{}"])
def test_a_host_that_hands_out_credentials_is_no_images(host: str, form: str) -> None:
    with pytest.raises(ValueError, match="metadata"):
        image_url(form.format(host))


@pytest.mark.parametrize(
    "address",
    ["", "https://shop.example/x.png", "http://127.0.0.1:8000/images/a", "http://[::1]/x", "http://bücher.example/x",
     "http://169.254.169.253/", "http://2852039165/", "data:image/png;base64,AA", "http:///x", "http://" + "ü" * 99],
)  # fmt: skip
def test_other_addresses_are_taken_as_they_are(address: str) -> None:
    assert address == image_url(address)


@pytest.mark.parametrize("address", ["ftp://shop.example/x", "//shop.example/x", "x.png", "http://[bad/x"])
def test_what_no_client_takes_for_an_image_is_refused(address: str) -> None:
    with pytest.raises(ValueError):
        image_url(address)


@pytest.mark.parametrize("host", ["", "shop.example", "localhost", "a b", "1.2.3.4.5", "é" * 70, "\0"])
def test_a_name_is_no_address(host: str) -> None:
    assert address_of(host) is None
