import { hashes } from "ix:chunks";
import { load } from "../chunk";
import { readViewport } from "../context";
import { capturePages } from "./page";

/** Once something may be noted. */
export function begin(): void {
  readViewport();
  capturePages();
  load(hashes.more);
}
