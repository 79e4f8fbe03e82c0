import { describe, elements, on, record } from "../kit";

/** That something was copied and where; never what, and a label would often be just that. */
export function captureCopy(): void {
  on(window, "copy", (event) => {
    const path = elements(event);
    if (path[0]) record("copy", { target: { ...describe(path[0], path, true), label: undefined } });
  });
}
