// A picture from the shop's own address, or a hatched place where it can't be loaded.

import { el } from "../../assets/dom.js";
import { imageUrl } from "../../assets/look.js";

/** An image element for a record's image; relative addresses belong to `page`, stored ones are shown `width` wide. */
export function picture(address, name, { page = "", width = 320, class: kind = "picture" } = {}) {
  const missing = () => el("span", { class: `${kind} missing`, role: "img", "aria-label": `Image could not be loaded: ${name}`, title: address });
  const source = imageUrl({ interacted_image_url: address, url: page }, { width });
  if (!source) return missing();
  const image = el("img", { class: kind, src: source, alt: "", loading: "lazy", decoding: "async", referrerpolicy: "no-referrer" });
  image.addEventListener("error", () => image.replaceWith(missing()), { once: true });
  return image;
}

/** The file's name of an address, without its folder and query. */
export function fileName(address) {
  const last = address.split(/[?#]/)[0].split("/").pop() || address;
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
