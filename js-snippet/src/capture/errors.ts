import { cap, cleanUrl, on, record, scrub } from "../kit";

const MAX = 10;
/** Also one without a host, where it has parameters. */
const ADDRESS = /[^\s'"(?#]*(:\/\/|[?#]\S*=)\S*/g;

/** What went wrong in the page, by its message; each once, and not without end. */
export function captureErrors(): void {
  const told = new Set<string>();
  const tell = (error: unknown): void => {
    const said = cap((error as Error | undefined)?.message ?? error, 2_000) ?? "";
    const message = scrub(said.replace(ADDRESS, (url) => cleanUrl(url) ?? ""), 500);
    if (!message || told.has(message) || told.size >= MAX) return;
    told.add(message);
    record("error", { message });
  };
  on<ErrorEvent>(window, "error", ({ message }) => {
    if (message) tell(message); // a picture that does not load has none
  });
  on<PromiseRejectionEvent>(window, "unhandledrejection", ({ reason }) => tell(reason));
}
