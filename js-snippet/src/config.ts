import type { Event } from "./protocol.gen";

export interface Config {
  key: string;
  /** Where batches go, the write key in its query. */
  endpoint: string;
  /** The folder of our own file, where chunks are. */
  base: string;
  nonce: string;
  source?: string | undefined;
  agentVersion?: string | undefined;
  debug?: boolean;
  /** Sees each event before it is noted, may change it, and drops it by returning nothing. */
  beforeSend?: (event: Event) => Event | null | undefined;
  /** Wait for consent before anything is stored or sent. */
  ask?: boolean;
  /** Keep no id and nothing on disk. */
  cookieless?: boolean;
  /** Wait before sending, in ms: after something important, and otherwise. */
  soon: number;
  late: number;
}

export const config = { soon: 2000, late: 4000 } as Config;

export const configure = (given: Partial<Config>): Config => Object.assign(config, given);
