/** An element and all around it, innermost first, through slots and out of shadow roots too: for where no event tells its path. */
export function outwards(element: Element): Element[] {
  const path: Element[] = [];
  let up: Element | null | undefined = element;
  while (up) {
    path.push(up);
    up = up.assignedSlot ?? up.parentElement ?? (up.getRootNode() as ShadowRoot).host;
  }
  return path;
}
