// What every page needs, and the parts that only some pages have.
import { startCart } from "./cart.js";
import { startForms } from "./forms.js";
import { startGallery } from "./gallery.js";

startCart();
startForms();
startGallery();
if (document.getElementById("lines")) import("./cart-page.js").then((page) => page.start());
if (document.getElementById("room")) import("./inspire.js").then((page) => page.start());
