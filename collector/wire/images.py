"""What the image endpoints take and answer."""

from pydantic import BaseModel, Field
from typing_extensions import TypedDict


class UploadedImage(TypedDict):
    """The 201 answer of `POST /v1/images`: durable, under this id."""

    image_id: str
    url: str


class ThumbnailQuery(BaseModel):
    """The query of a thumbnail."""

    width: int = Field(256, ge=1, le=4096, description="in pixels; rounded up to 64, 128, 256, 512 or 1024")


class ImageAbout(BaseModel):
    """A stored image, with an address that shows it to anyone for five minutes."""

    image_id: str = Field(description="SHA-256 of the bytes")
    media_type: str
    bytes: int
    width: int = Field(description="in pixels")
    height: int = Field(description="in pixels")
    signed_url: str
    signed_until: str = Field(description="ISO 8601")
