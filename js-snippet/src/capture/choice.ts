import { apply, choiceKey, keptChoice, on } from "../kit";

/** Consent that was given or taken back in another tab. */
export function watchChoice(): void {
  on<StorageEvent>(window, "storage", (event) => {
    if (event.key === choiceKey()) apply(keptChoice());
  });
}
