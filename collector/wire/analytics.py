"""Analytics: what is answered to questions over a window of time."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Sampled = Annotated[
    int | None,
    Field(
        description="k: told from one session (for visitors: one visitor) in k, as there are more rows than can be read "
        "in time; a number n of sessions or visitors is right within 2·√((k-1)·n), 19 times in 20. null: exact"
    ),
]


class Answered(BaseModel):
    """Every answer says which window it is about: from (inclusive) to (exclusive), in the zone's own time."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    start: str = Field(alias="from", description="ISO 8601 with the zone's offset")
    end: str = Field(alias="to")
    timezone: str = Field(description="IANA time zone whose days and hours count")
    sampled: Sampled = None


class Compared(Answered):
    """An answer that may have the window before too, with its own from and to; null without `compare`."""

    previous_from: str | None = Field(None, description="ISO 8601 with the zone's offset")
    previous_to: str | None = Field(None, description="not included; where the window begins")


class Figures(BaseModel):
    """How much happened. Rates and medians are null where there is nothing to divide."""

    interactions: int
    visitors: int = Field(description="different people: the user, else the visitor, else the session")
    sessions: int
    page_views: int = Field(description="page_view, navigate and restore")
    interactions_per_session: float | None
    bounce_rate: float | None = Field(
        description="0..1: of the sessions that saw a page, those that saw one and neither clicked nor typed"
    )
    median_duration_s: float | None = Field(description="from the first to the last interaction of a session")


class Summary(Compared):
    """Figures of the window, and of the one before when asked for."""

    current: Figures
    previous: Figures | None = None


class Series(BaseModel):
    """One value in each bucket. `rest` is true for the series of all values beyond the limit."""

    name: str
    rest: bool = False
    values: list[int]


class Times(BaseModel):
    """Buckets and the series over them."""

    times: list[str] = Field(description="the first moment of each bucket, ISO 8601 with the zone's offset")
    series: list[Series]


class Timeseries(Compared, Times):
    """A measure over time; `previous` has buckets of its own."""

    interval: str
    measure: str
    previous: Times | None = None


class TopItem(BaseModel):
    """One value. `visitors` and `sessions` are different ones."""

    value: str
    interactions: int
    visitors: int
    sessions: int


class Top(Answered):
    """The values with most interactions; entry and exit pages: with most sessions."""

    by: str
    items: list[TopItem]
    total: int = Field(description="how many different values there are; in a sample, how many that has")


class ImageItem(BaseModel):
    """One image of the shop. Rates are 0..1, of the sessions that met the image."""

    image_url: str
    product_id: str
    label: str
    views: int = Field(description="times it was looked at for a while")
    view_ms_median: float | None
    touches: int = Field(description="clicks on it, or on its card")
    carts: int
    sessions: int
    touch_rate: float
    cart_rate: float


class Images(Answered):
    """Which images are looked at, touched, and lead to the cart."""

    items: list[ImageItem]
    total: int = Field(description="how many different images there are")


class Trouble(BaseModel):
    """What happened on a page how often, in how many sessions, with some of them."""

    path: str
    count: int
    sessions: int
    example_sessions: list[str]


class ClickTrouble(Trouble):
    """Clicks that went wrong, on one element."""

    target_label: str
    target_selector: str


class ErrorTrouble(Trouble):
    """An error of a script."""

    message: str


class ClickTroubles(BaseModel):
    """All of them, and the elements with most."""

    count: int
    sessions: int
    items: list[ClickTrouble]


class Backs(BaseModel):
    """Pages that people left within ten seconds for the page they had come from."""

    count: int
    items: list[Trouble]


class Form(BaseModel):
    """A form, counted in sessions: started, of these sent, and left. The rate is 0..1."""

    path: str
    form: str = Field(description="its label, else its selector")
    started: int
    submitted: int
    abandoned: int
    abandon_rate: float
    example_sessions: list[str] = Field(description="some that left it")


class Forms(BaseModel):
    """All forms that sessions started, one count a form and session, how many of these were left, and the forms
    that most sessions left."""

    started: int
    abandoned: int
    items: list[Form]


class Errors(BaseModel):
    """All of them, and those that happened most."""

    count: int
    sessions: int
    items: list[ErrorTrouble]


class Friction(Answered):
    """Where it hurts, with sessions to look at."""

    rage_clicks: ClickTroubles
    dead_clicks: ClickTroubles
    forms: Forms
    quick_backs: Backs
    errors: Errors


class Depth(BaseModel):
    """The share (0..1) of sessions that came so far down the page (percent)."""

    depth: int
    reached: float


class PagePicture(BaseModel):
    """What a visitor saw of a page: as wide as the window, from `top` on."""

    image_url: str
    top: float = Field(description="how far down the page it begins, in widths of the window")


class Heatmap(Answered):
    """Where people click on a page, or how far down they come; the other kind's fields are empty."""

    path: str
    kind: str
    columns: int
    cells: list[tuple[int, int, int]] = Field(
        [], description="column, row, clicks, of those with most; a row is as high as a column is wide"
    )
    max_row: int = 0
    clicks: int = Field(0, description="all of them, also where there are more cells than are answered")
    viewport_width_median: float | None = None
    page_height_median: float | None = None
    pictures: list[PagePicture] = Field(
        [],
        description="what visitors sent with feedback, in windows of one size, the newest first; whatever the filter",
    )
    sessions: int = Field(0, description="that saw the page")
    depths: list[Depth] = []
