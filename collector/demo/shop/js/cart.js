// The cart: {product id: quantity} in localStorage, and the number in the header.
const KEY = "cart";

export function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

export function write(cart) {
  try {
    localStorage.setItem(KEY, JSON.stringify(cart));
  } catch {
    // Storage is off or full: the shop still works, the cart does not last.
  }
  showCount(cart);
}

function showCount(cart) {
  const count = Object.values(cart).reduce((sum, quantity) => sum + quantity, 0);
  const badge = document.querySelector("[data-cart-count]");
  badge.textContent = count;
  badge.classList.toggle("some", count > 0);
}

let timer = 0;

export function toast(text) {
  const box = document.querySelector("[data-toast]");
  box.textContent = text;
  box.classList.add("shown");
  clearTimeout(timer);
  timer = setTimeout(() => box.classList.remove("shown"), 2500);
}

export function money(price) {
  return `€ ${price.toLocaleString("en-US")}`;
}

export function startCart() {
  if (document.querySelector("[data-order-placed]")) write({});
  showCount(read());
  addEventListener("storage", () => showCount(read()));
  addEventListener("pageshow", () => showCount(read()));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add]");
    if (!button) return;
    const cart = read();
    const id = button.dataset.add;
    cart[id] = (cart[id] ?? 0) + 1;
    write(cart);
    toast("Added to your cart");
  });
}
