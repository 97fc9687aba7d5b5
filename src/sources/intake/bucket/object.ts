import type { IntakeOf } from '../way.ts'

export type Bucket = IntakeOf<'bucket'>

/**
 * An object as it was listed, or as a notification tells of it. `etag` as the store writes it, quotes and all. `version`:
 * where it is one of several, and a notification says so.
 */
export type Stored = { key: string; etag: string; size: number; changedMs: number; version?: string }

/** In the order of keys. `nowMs`: by the store's own clock, where it tells. */
export type Listing = { objects: Stored[]; isMore: boolean; nowMs: number | undefined }

/** `lost`: why it will never be read. `changed`: it is no longer the one that was listed. */
export type Read = Uint8Array | { lost: string } | 'denied' | 'changed'

/** The same key written anew is another object. Lists name no versions: the same bytes under the same key are the same. */
export const nameOf = ({ key, etag }: Pick<Stored, 'key' | 'etag'>): string => `${key}@${etag}`

const shownCharsMax = 120

/** For people, who need its end: dates and names stand there. */
export const shownKey = (key: string): string => (key.length > shownCharsMax ? `…${key.slice(1 - shownCharsMax)}` : key)
