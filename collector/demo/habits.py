"""What people do on any page: they read, they stumble, they speak."""

from collector.demo.browser import Browser, uuid7
from collector.demo.clicks import FEEDBACK_FORM, ORDER, PICTURE, on_card
from collector.demo.texts import ERRORS, FEEDBACK, QUESTIONS

_SAID = {tag: tuple(f for f in FEEDBACK if f[0] == tag) for tag in ("en", "de", "es", "zh")}
_ASKED = {tag: tuple(q for q in QUESTIONS if q[0] == tag) for tag in ("en", "de", "es", "zh")}


def look(on: Browser) -> None:
    """Reads the page: vitals, pictures, scrolling."""
    random = on.rng.random
    page = on.page
    if random() < 0.5:
        on.wait(300, 900)
        on.emit("web_vital", metric="LCP", value=round(on.rng.lognormvariate(7.3, 0.45), 1))
        if random() < 0.5:
            on.emit("web_vital", metric="CLS", value=round(random() ** 4 * 0.4, 4))
    eager = 0.35 + 0.6 * on.person.keen
    for seen, (image_url, product_id) in enumerate(page.images[:6]):
        if random() > eager:
            break
        on.wait(900, 4_500)
        shown = int(on.rng.lognormvariate(7.6, 0.6))
        if product_id is None:
            on.emit("image_view", image_url=image_url, visible_ms=shown)
        else:
            on.emit("image_view", image_url=image_url, visible_ms=shown, product_id=product_id)
        if seen == 1 and on.depth < 25:
            on.scroll(25)
    for depth in (25, 50, 75, 90, 100):
        if random() > eager - depth / 400:
            break
        if depth > on.depth:
            on.wait(600, 4_000)
            on.scroll(depth)
    if page.product is not None and random() < 0.02:
        on.emit("copy", target={"tag": "h1", "label": page.product.name, "section": "buy"})
    if random() < 0.012:
        on.emit("error", message=on.rng.choice(ERRORS))


def grumble(on: Browser) -> None:
    """Now and then something does not do what it promises."""
    luck = on.rng.random()
    page = on.page
    if luck < 0.018 and page.product is not None:
        picture = {**PICTURE.target, "label": page.product.name}
        on.click(PICTURE, type="dead_click", target=picture, image_url=page.images[0][0], count=1)
    elif luck < 0.026 and page.kind == "cart" and on.cart:
        on.click(ORDER, type="rage_click", target=ORDER.target, count=3 + int(4 * on.rng.random()))
    elif luck < 0.03 and page.cards:
        card = page.cards[0]
        on.click(
            on_card(card, on.narrow, adding=True),
            type="rage_click",
            target=card.add,
            count=3,
            image_url=card.image_url,
        )


def speak(on: Browser) -> None:
    """Writes feedback, starts and leaves it, or asks the shop's assistant."""
    luck = on.rng.random()
    if luck < 0.022:
        on.wait(1_000, 4_000)
        on.scroll(100)
        on.emit("form_start", target=FEEDBACK_FORM, fields=["rating", "text"])
        if luck > 0.016:
            on.wait(4_000, 15_000)
            on.emit("form_abandon", target=FEEDBACK_FORM, fields=["rating", "text"])
            return
        _, stars, text = on.rng.choice(_SAID[on.person.speech])
        on.wait(300 * len(text) // 3, 300 * len(text))
        on.emit(
            "type",
            target={**FEEDBACK_FORM, "tag": "textarea", "selector": "#feedback > label > textarea"},
        )
        on.wait(500, 2_000)
        on.emit("feedback", text=text, rating=stars, target=FEEDBACK_FORM)
    elif luck < 0.034 and on.page.product is not None:
        _, question, answer, better = on.rng.choice(_ASKED[on.person.speech])
        thread = uuid7(on.now, on.rng)
        on.wait(6_000, 20_000)
        on.emit("message", role="User", text=question, thread_id=thread)
        on.wait(1_500, 5_000)
        more = {"expert_text": better} if better else {}
        on.emit("message", role="Assistant", text=answer, thread_id=thread, **more)
