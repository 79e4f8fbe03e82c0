/** Made by the build (scripts/bundle.mjs): the SHA-256 of each chunk, as base64url without padding. */
declare module "ix:chunks" {
  export const hashes: Readonly<Record<"more" | "debug" | "vitals" | "shot" | "feedback", string>>;
}
/** Made by the build from kit.ts: its exports in the order of their names there. */
declare module "ix:kit" {
  export const kit: () => readonly unknown[];
}
