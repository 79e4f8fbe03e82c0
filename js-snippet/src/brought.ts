/** What the part that follows brings to the core; until then the core does without. */
export const brought: {
  /** Two halves of a batch that was too large, as new batches. */
  split?: (body: string) => [id: string, body: string][];
  /** What the parts have to say before something is sent, or the page goes (before-flush.ts). */
  say?: (leaving?: boolean) => void;
  /** The picture behind an empty element laid over it. */
  image?: (element: Element) => string | undefined;
  /** The product's id where only the page's JSON-LD tells. */
  product?: (path: Element[]) => string | undefined;
  /** A picture of what is on the screen, or of one element: the id of the stored image. */
  shoot?: (only?: Element) => Promise<string | undefined>;
  /** It was wanted before there was anything to open it. */
  wanted?: boolean;
  /** Opens the dialog that asks for feedback. */
  ask?: (() => void) | undefined;
} = {};
