// Ordinary life laid over the vendors' own records: people travel, get new laptops and work late, programs move.
import { isObject, type JsonObject } from '#kit'

import type { Vendor } from '../../lab/estate/company/model.ts'
import { lifeOf, type Life } from '../behaviour/noise.ts'
import { dayMs, hourMs, type Record } from './calendar.ts'

type Place = {
  /** Who acts, the same text for one actor. */
  actor(raw: JsonObject): string
  at(raw: JsonObject): { isMachine: boolean }
  move(raw: JsonObject, to: { ip: string | null; country: string; agent: string | null }): JsonObject
}
const at = (raw: JsonObject, key: string): JsonObject => {
  const held = raw[key]
  return isObject(held) ? held : {}
}
const textAt = (raw: JsonObject, key: string): string => {
  const held = raw[key]
  return typeof held === 'string' || typeof held === 'number' ? `${held}` : ''
}
const isPerson = (): { isMachine: boolean } => ({ isMachine: false })

/** Where each vendor writes who acts, from where and with what. Others are left as they are. */
const places: Partial<{ [Name in Vendor]: Place }> = {
  okta: {
    actor: (raw) => textAt(at(raw, 'actor'), 'id'),
    at: isPerson,
    move: (raw, { ip, country, agent }) => ({
      ...raw,
      client: {
        ...at(raw, 'client'),
        ...(ip === null ? {} : { ipAddress: ip }),
        ...(country === ''
          ? {}
          : { geographicalContext: { country, city: null, state: null, postalCode: null, geolocation: null } }),
        ...(agent === null ? {} : { userAgent: { rawUserAgent: agent, os: 'Mac OS X', browser: 'UNKNOWN' } }),
      },
    }),
  },
  google: {
    actor: (raw) => textAt(at(raw, 'actor'), 'profileId'),
    at: isPerson,
    move: (raw, { ip }) => (ip === null ? raw : { ...raw, ipAddress: ip }),
  },
  github: {
    actor: (raw) => textAt(raw, 'actor_id'),
    at: (raw) => ({ isMachine: raw['actor_is_bot'] === true }),
    move: (raw, { ip, country, agent }) => ({
      ...raw,
      ...(ip === null ? {} : { actor_ip: ip }),
      ...(country === '' ? {} : { actor_location: { country_code: country } }),
      ...(agent === null ? {} : { user_agent: agent }),
    }),
  },
  slack: {
    actor: (raw) => textAt(at(at(raw, 'actor'), 'user'), 'id'),
    at: isPerson,
    move: (raw, { ip, agent }) => ({
      ...raw,
      context: {
        ...at(raw, 'context'),
        ...(ip === null ? {} : { ip_address: ip }),
        ...(agent === null ? {} : { ua: agent }),
      },
    }),
  },
  aws: {
    actor: (raw) => textAt(at(raw, 'userIdentity'), 'arn'),
    at: (raw) => ({ isMachine: !textAt(at(raw, 'userIdentity'), 'arn').includes('@') }),
    // A service of AWS stays where it is.
    move: (raw, { ip, agent }) => ({
      ...raw,
      ...(ip === null || textAt(raw, 'sourceIPAddress').endsWith('.com') ? {} : { sourceIPAddress: ip }),
      ...(agent === null ? {} : { userAgent: agent }),
    }),
  },
}

const nothing: Life = { trip: null, agent: null, shiftHours: 0, records: 1 }

/** INVARIANT: the same actor has the same life in all records of a day; what is not moved is the same object. */
export function live(seed: number, record: Record): Record {
  const place = places[record.vendor]
  const actor = record.story.startsWith('attack') ? undefined : place?.actor(record.raw)
  if (place === undefined || actor === undefined || actor === '' || actor === 'sync') return record
  const { isMachine } = place.at(record.raw)
  const life =
    isMachine && record.story !== 'use' ? nothing : lifeOf(seed, actor, isMachine, Math.floor(record.atMs / dayMs))
  const { trip, agent, shiftHours } = life
  if (trip === null && agent === null && (shiftHours === 0 || record.story !== 'use')) return record
  const raw = place.move(record.raw, { ip: trip?.network ?? null, country: trip?.country ?? '', agent })
  return { ...record, raw, atMs: record.atMs + (record.story === 'use' ? shiftHours * hourMs : 0) }
}
