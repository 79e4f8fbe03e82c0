// Rooms as a single-page section: the address changes by pushState, the page never reloads.
import { money } from "./cart.js";

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function picture(image, alt, width, height) {
  return element("img", { src: image, alt, width, height });
}

function link(product) {
  const card = element(
    "article",
    { className: "card" },
    element("a", { className: "card-link", href: product.path }, picture(product.image, "", 800, 600), element("h3", { textContent: product.name })),
    element("p", { className: "price", textContent: money(product.price) }),
  );
  card.dataset.productId = product.id;
  card.dataset.section = "room";
  return element("li", {}, card);
}

function drawRoom(room, products) {
  const used = products.filter((product) => room.products.includes(product.id));
  return [
    element("h2", { textContent: room.name, tabIndex: -1 }),
    picture(room.image, room.name, 1200, 800),
    element("p", { className: "lead", textContent: room.text }),
    element("h3", { textContent: "In this room" }),
    element("ul", { className: "grid", id: "in-room" }, ...used.map(link)),
  ];
}

function drawAll(rooms) {
  const tile = (room) => {
    const anchor = element("a", { className: "tile", href: room.path }, picture(room.image, "", 1200, 800), element("span", { textContent: room.name }));
    anchor.dataset.room = room.id;
    return element("li", {}, anchor);
  };
  return [element("ul", { className: "rooms" }, ...rooms.map(tile))];
}

export async function start() {
  const { store, products, rooms } = await (await fetch("/catalogue.json")).json();
  const box = document.getElementById("room");

  function draw() {
    const room = rooms.find((one) => one.path === location.pathname);
    document.title = room ? `${room.name} · Inspiration · ${store}` : `Inspiration · ${store}`;
    box.replaceChildren(...(room ? drawRoom(room, products) : drawAll(rooms)));
    for (const chip of document.querySelectorAll("#rooms a")) {
      if (chip.dataset.room === room?.id) chip.setAttribute("aria-current", "page");
      else chip.removeAttribute("aria-current");
    }
  }

  document.addEventListener("click", (event) => {
    const anchor = event.target.closest("a");
    const elsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button !== 0;
    if (!anchor || elsewhere || anchor.origin !== location.origin) return;
    if (anchor.pathname !== "/inspire" && !anchor.pathname.startsWith("/inspire/")) return;
    event.preventDefault();
    if (anchor.pathname === location.pathname) return;
    history.pushState(null, "", anchor.pathname);
    draw();
    box.querySelector("h2")?.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  });
  addEventListener("popstate", draw);
  draw();
}
