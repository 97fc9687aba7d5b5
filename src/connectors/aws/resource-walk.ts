import { parseOwnJson, type Json } from '#kit'
import {
  CursorExpired,
  freshParts,
  readOrBlind,
  VendorError,
  type PartsSeen,
  type PullContext,
} from '#sources/contract'

import { lookAs } from './auth.ts'
import type { Access } from './client.ts'
import { globalRegion, type AwsConfig } from './config.ts'
import { bucketThing, functionThing, keyThing, queueThing, secretThing } from './resource-policies.ts'
import { listBuckets, listFunctions, listKeys, listQueues, listSecrets, type Asked } from './resources.ts'
import type { Thing, Things } from './rights/things.ts'
import { rows } from './rows.ts'

type Context = PullContext<AwsConfig>
type Kind = keyof Things

/** What one page told: as rows, and as things with their own policies, which are asked for one by one. */
type Told = { rows: Json[]; things(context: Context): Promise<Thing[]> }
type Sort = (access: Access, asked: Asked) => Promise<Told & { next: string }>

const sortOf =
  <T>(
    list: (access: Access, asked: Asked) => Promise<{ found: T[]; next: string }>,
    row: (found: T[]) => Json[],
    thing: (access: Access, one: T) => Promise<Thing>,
  ): Sort =>
  async (access, asked) => {
    const { found, next } = await list(access, asked)
    return { rows: row(found), next, things: (context) => thingsOf(context, found, thing) }
  }

/** A role is assumed for a quarter of an hour, and this may take longer: each call asks for the session that stands. */
async function thingsOf<T>(
  context: Context,
  found: readonly T[],
  read: (access: Access, one: T) => Promise<Thing>,
): Promise<Thing[]> {
  const things: Thing[] = []
  for (const one of found) things.push(await read(await lookAs(context), one))
  return things
}

const sorts: Record<Kind, Sort> = {
  buckets: sortOf(listBuckets, (found) => rows('bucket', found), bucketThing),
  keys: sortOf(
    listKeys,
    (found) => rows('kmsKey', found),
    (access, { arn }) => keyThing(access, arn),
  ),
  secrets: sortOf(
    listSecrets,
    (found) => rows('secret', found),
    (access, { arn }) => secretThing(access, arn),
  ),
  functions: sortOf(
    listFunctions,
    (found) => rows('function', found),
    (access, { arn }) => functionThing(access, arn),
  ),
  queues: sortOf(listQueues, (found) => rows('queue', found), queueThing),
}
/** As people call them; these words are part of what a blind spot is called for good. */
const nouns: Record<Kind, string> = {
  buckets: 'buckets',
  keys: 'encryption keys',
  secrets: 'secrets',
  functions: 'functions',
  queues: 'queues',
}

/** Buckets of all regions, then the rest, region by region. */
const stopsOf = ({ regions }: AwsConfig): { kind: Kind; region: string }[] => [
  { kind: 'buckets', region: globalRegion },
  ...regions.flatMap((region) =>
    (['keys', 'secrets', 'functions', 'queues'] as const).map((kind) => ({ kind, region })),
  ),
]

/** Which stop is read now, and where in its list. */
type Walk = { kind: Kind; region: string; token: string }
/** Stops with nothing in them that one page goes past: most regions of most accounts are empty. */
const emptyStopsMax = 8

/**
 * One page of what lies in the account, `limit` rows at most. A kind that may not be listed in a region is named, and the walk
 * goes on behind it. `next`: null at the end.
 */
export async function readStop(
  context: Context,
  next: string | null,
  limit: number,
): Promise<Told & { kind: Kind; next: string | null; seen: PartsSeen }> {
  const seen = freshParts()
  const stops = stopsOf(context.config)
  const walk = next === null ? undefined : parseOwnJson<Walk>(next)
  let at = walk === undefined ? 0 : stops.findIndex(({ kind, region }) => kind === walk.kind && region === walk.region)
  // The source looks into other regions since: the list is begun anew.
  if (at < 0) throw new CursorExpired('the list of resources')
  let token = walk?.token ?? ''
  for (let empty = 0; ; empty++) {
    const { kind, region } = stops[at] ?? { kind: 'buckets', region: globalRegion }
    const told = await listStop(context, seen, kind, { region, token, limit })
    const then = told.next === '' ? stops[++at] : { kind, region }
    token = told.next
    if (then === undefined) return { ...told, kind, next: null, seen }
    if (told.rows.length > 0 || empty >= emptyStopsMax) {
      return { ...told, kind, next: JSON.stringify({ ...then, token } satisfies Walk), seen }
    }
  }
}

function listStop(context: Context, seen: PartsSeen, kind: Kind, asked: Asked): Promise<Told & { next: string }> {
  const part = { of: `resources/${nouns[kind]}`, what: `${nouns[kind]} are`, thing: asked.region, untold: [] }
  const none = { rows: [], next: '', things: () => Promise.resolve([]) }
  return readOrBlind(seen, part, none, async () => {
    try {
      return await sorts[kind](await lookAs(context), asked)
    } catch (error) {
      // A token that AWS knows no more is a bad request to it.
      if (asked.token !== '' && error instanceof VendorError && error.code === 'ERR_VENDOR_REFUSED' && !error.retryable)
        throw new CursorExpired(`the list of ${nouns[kind]}`)
      throw error
    }
  })
}
