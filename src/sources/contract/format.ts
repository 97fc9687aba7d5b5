import { z } from 'zod'

import { isObject, type Json, type JsonObject } from '#kit'
import {
  mergeNormalized,
  nothingNormalized,
  ocsfEvent,
  type Normalized,
  type OcsfActivity,
  type OcsfClass,
  type OcsfObject,
  type OcsfProduct,
  type Stated,
  type TouchVerb,
} from '#model'

import { defineConnector, type Connector, type NormalizeInput } from './connector.ts'
import { touchesOf } from './ocsf-touches.ts'
import type { KeptRecord, PushStream, Sight, SigmaSort } from './stream.ts'

const formatConfig = z.strictObject({
  /** The realm its users, hosts and things are named in. */
  authority: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,252}$/, { error: 'a host name in lower case' }),
  /** Verbs the system reports each use of; a reachable resource is "untouched" only for these. */
  logs: z.array(z.enum(['read', 'write', 'delete', 'share', 'admin', 'login'])).default([]),
})
export type FormatConfig = z.infer<typeof formatConfig>

export type FormatAt = { authority: string; atMs: number }

/** A kind of log that systems write and others hand in: what `defineFormat` makes a connector of. */
export type Format = {
  id: string
  version: number
  title: string
  /** What wrote it, where a record does not say. */
  product: OcsfProduct
  /** From the act until the record can be here, expected and at worst; what lies between is the sender's own. */
  delayMs: { typical: number; worst: number }
  covers: readonly Sight[]
  /** What verbs it could report each use of: the example's `logs`. */
  logs: readonly TouchVerb[]
  /** Plain sentences: what the records do not tell, even when all of them come. */
  blind: readonly string[]
  sorts: readonly SigmaSort[]
  /** Records in one that was handed in: batches, and lines of text. Absent: it is one. */
  unpack?(record: JsonObject): JsonObject[]
  /** The record's own time, ms UTC. */
  timeMs(record: JsonObject): number | undefined
  /** The record's own id, unique in its realm; undefined where it has none. */
  nativeOf?(record: JsonObject): string | undefined
  /** What one record says, or the name of its type where that is not known. Pure. */
  read(record: JsonObject, at: FormatAt): Stated | string
  /** Files of hosts are no resources of the realm: two hosts have the same paths. */
  isHost?: boolean
}

/** Nobody asks such a system anything: its records come by upload, webhook, tail, syslog or bucket, and nothing acts on it. */
export function defineFormat(format: Format): Connector<FormatConfig> {
  const { id, version, title, delayMs, covers, blind, sorts } = format
  const keep = (record: JsonObject): KeptRecord[] =>
    unpack(format, record).map((raw) => ({
      native: format.nativeOf?.(raw),
      eventAtMs: format.timeMs(raw) ?? null,
      raw,
    }))
  const log: PushStream<FormatConfig> = {
    name: 'log',
    kind: 'push',
    delayMs,
    everyMs: 60_000,
    covers,
    sorts,
    keep,
  }
  return defineConnector<FormatConfig>({
    id,
    version,
    title,
    config: formatConfig,
    example: { authority: `${id}.example.com`, logs: [...format.logs] },
    secrets: { see: [], contain: [] },
    streams: [log],
    coverage: ({ logs }) => ({
      sees: covers.filter((sight) => !(sight in verbOfSight) || logs.includes(verbOfSight[sight] ?? 'admin')),
      logged: logs,
      blind: [...blind, 'only what others send: no inventory, so neither rights nor credentials nobody used are known'],
    }),
    check: async ({ config }) => ({ authority: config.authority, missing: [], excess: [], says: [] }),
    normalize: (input) => normalize(format, input),
  })
}

const verbOfSight: Partial<Record<Sight, TouchVerb>> = { reads: 'read', writes: 'write', logins: 'login' }

const unpack = ({ unpack: records }: Format, record: JsonObject): JsonObject[] => records?.(record) ?? [record]

/** Records that came by a tail or a bucket were not unpacked on the way in. */
function normalize(format: Format, { raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const records = isObject(raw) ? unpack(format, raw) : []
  const unknown: string[] = []
  for (const record of records) {
    const atMs = format.timeMs(record) ?? eventAtMs ?? arrivedAtMs
    const said = format.read(record, { authority, atMs })
    if (typeof said === 'string') {
      unknown.push(said)
      out.ocsf.push(ocsfEvent('base_event', 'other', atMs, format.product, { activity_name: said }))
      continue
    }
    mergeNormalized(out, said)
    if (format.isHost !== true) out.touches.push(...(said.ocsf ?? []).flatMap((event) => touchesOf(event, authority)))
  }
  if (records.length === 0) {
    unknown.push('no record')
    out.ocsf.push(ocsfEvent('base_event', 'unknown', eventAtMs ?? arrivedAtMs, format.product, {}))
  }
  return unknown.length === 0 ? out : { ...out, unmapped: unknown[0] ?? '' }
}

/** A text of a record, or a number as one; undefined where there is none or it is empty. */
export function saidAt(record: JsonObject | undefined, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const value: Json | undefined = record?.[key]
    if (typeof value === 'string' && value !== '' && value !== '-') return value
    if (typeof value === 'number') return String(value)
  }
  return undefined
}

/** The objects of a list; nothing where there is no list. */
export const objectsIn = (list: Json | undefined): JsonObject[] =>
  Array.isArray(list) ? list.flatMap((one) => (isObject(one) ? [one] : [])) : []

export const objectAt = (record: JsonObject | undefined, key: string): JsonObject | undefined => {
  const value = record?.[key]
  return isObject(value) ? value : undefined
}

/** A type of event by its class, and what it is there. */
export type TypeOf<Class extends OcsfClass> = { [One in Class]: { of: One; activity: OcsfActivity<One> } }[Class]

/** Types of one class by activity, separated by white space: `typesBy('authentication', { logon: 'login samlLogin' })`. */
export function typesBy<Class extends OcsfClass>(
  of: Class,
  activities: Partial<Record<OcsfActivity<Class>, string>>,
): [type: string, as: TypeOf<Class>][] {
  return Object.entries<string | undefined>(activities).flatMap(([activity, types = '']) =>
    types
      .trim()
      .split(/\s+/)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- keys of the parameter are activities of the class
      .map((type): [string, TypeOf<Class>] => [type, { of, activity } as TypeOf<Class>]),
  )
}

/** An address with a port behind it, as some logs write it, is the address. */
export function addressOf(text: string | undefined): string | undefined {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text ?? '')?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text ?? '')?.[1]
  return bare ?? text
}

export const isMail = (text: string): boolean => /^[^@\s]{1,64}@[^@\s]{1,255}$/.test(text)

/** A user by an id or an address; nobody is called unknown. */
export function ocsfUser(uid: string | undefined, name?: string): OcsfObject<'user'> {
  if (uid === undefined) return name === undefined ? { name: 'unknown' } : named(name)
  return { uid, ...(name === undefined ? named(uid) : named(name)) }
}
const named = (name: string): OcsfObject<'user'> => (isMail(name) ? { name, email_addr: name } : { name })

/** What a verb at the beginning of an operation's name does to a thing. */
const verbs: readonly (readonly [of: RegExp, activity: 'create' | 'read' | 'update' | 'delete'])[] = [
  [
    /^(?:create|add|new|install|generate|import|upload|put|start|run|submit|send|accept|mount|clone|copy|enable)/i,
    'create',
  ],
  [/^(?:get|list|read|search|download|export|view|query|describe|access|fetch|attach|preview)/i, 'read'],
  [
    /^(?:update|set|edit|change|modify|patch|rename|move|restore|undelete|replace|assign|grant|write|resize)/i,
    'update',
  ],
  [
    /^(?:delete|remove|uninstall|trash|revoke|disable|purge|drop|stop|cancel|terminate|unmount|detach|clear)/i,
    'delete',
  ],
]
export const activityOfVerb = (operation: string): 'create' | 'read' | 'update' | 'delete' | undefined =>
  verbs.find(([of]) => of.test(operation))?.[1]
