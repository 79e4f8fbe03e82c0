// The cart page: lines, sums, and what the order button reports.
import { money, read, write } from "./cart.js";

const FREE_FROM = 50;
const DELIVERY = 5;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function step(label, text, change) {
  const button = element("button", { type: "button", className: "step", textContent: text });
  button.setAttribute("aria-label", label);
  button.addEventListener("click", change);
  return button;
}

function line(product, quantity, change) {
  const item = element(
    "li",
    { className: "line" },
    element("a", { href: product.path }, element("img", { src: product.image, width: 800, height: 600, alt: product.name })),
    element("div", {}, element("h3", {}, element("a", { href: product.path, textContent: product.name })), element("p", { className: "muted", textContent: money(product.price) })),
    element(
      "div",
      { className: "steps" },
      step(`One ${product.name} less`, "−", () => change(quantity - 1)),
      element("span", { textContent: quantity }),
      step(`One ${product.name} more`, "+", () => change(quantity + 1)),
    ),
    element("p", { className: "price", textContent: money(product.price * quantity) }),
  );
  item.dataset.productId = product.id;
  return item;
}

function draw(products) {
  const cart = read();
  const bought = products.filter((product) => cart[product.id] > 0);
  document.querySelector("[data-empty]").hidden = bought.length > 0;
  document.querySelector("[data-full]").hidden = bought.length === 0;
  const change = (id) => (quantity) => {
    const next = { ...read(), [id]: quantity };
    if (quantity <= 0) delete next[id];
    write(next);
    draw(products);
  };
  document
    .getElementById("lines")
    .replaceChildren(...bought.map((product) => line(product, cart[product.id], change(product.id))));
  const subtotal = bought.reduce((sum, product) => sum + product.price * cart[product.id], 0);
  const delivery = subtotal >= FREE_FROM ? 0 : DELIVERY;
  document.querySelector("[data-subtotal]").textContent = money(subtotal);
  document.querySelector("[data-delivery]").textContent = delivery ? money(delivery) : "free";
  document.querySelector("[data-total]").textContent = money(subtotal + delivery);
  const order = document.getElementById("order").dataset;
  order.ixPropValue = subtotal + delivery;
  order.ixPropQuantity = bought.reduce((sum, product) => sum + cart[product.id], 0);
}

export async function start() {
  const { products } = await (await fetch("/catalogue.json")).json();
  draw(products);
  addEventListener("storage", () => draw(products));
}
