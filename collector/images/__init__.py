"""Pictures that visitors and programs send: kept once, named by their SHA-256, never trusted.

sniff.py        what a picture's first bytes say: its kind and its size in pixels; never decodes
encoding.py     base64 and data URLs, as publishers send them
folder.py       a folder that keeps them, durably
bucket.py       an S3-compatible bucket that keeps them
thumbnails.py   small copies for pages, made on demand and cached
store.py        `Images`, what the rest of the program calls

A picture belongs to each site that sent it; beside the bytes stands one empty file for each of them:

    <folder or bucket>/ab/abcd…           the bytes, as they came
    <folder or bucket>/ab/abcd….shop      the site `shop` sent them, last at this file's time
"""

from collector.images.encoding import NoImage, decode
from collector.images.sniff import MOST_PIXELS, Kind, Picture, look
from collector.images.store import ID_PATTERN, Images, ImagesError, StoredImage, image_url, open_images, own_image

__all__ = [
    "ID_PATTERN",
    "MOST_PIXELS",
    "Images",
    "ImagesError",
    "Kind",
    "NoImage",
    "Picture",
    "StoredImage",
    "decode",
    "image_url",
    "look",
    "open_images",
    "own_image",
]
