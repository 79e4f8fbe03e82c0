import { cleanUrl, on, record, scrub } from "../kit";

const MAX = 10;

/** What went wrong in the page, by its message; each once, and not without end. */
export function captureErrors(): void {
  const told = new Set<string>();
  const tell = (error: unknown): void => {
    const said = String((error as Error | undefined)?.message ?? error);
    const message = scrub(said.replace(/\w+:\/\/\S+/g, (url) => cleanUrl(url) ?? ""), 500);
    if (!message || told.has(message) || told.size >= MAX) return;
    told.add(message);
    record("error", { message });
  };
  on<ErrorEvent>(window, "error", ({ message }) => {
    if (message) tell(message); // a picture that does not load has none
  });
  on<PromiseRejectionEvent>(window, "unhandledrejection", ({ reason }) => tell(reason));
}
