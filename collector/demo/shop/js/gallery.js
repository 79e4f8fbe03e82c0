// Thumbs change the big picture.
export function startGallery() {
  const picture = document.getElementById("picture");
  if (!picture) return;
  const thumbs = document.querySelectorAll("[data-show]");
  for (const thumb of thumbs) {
    thumb.addEventListener("click", () => {
      picture.src = thumb.dataset.show;
      for (const other of thumbs) other.setAttribute("aria-pressed", String(other === thumb));
    });
  }
}
