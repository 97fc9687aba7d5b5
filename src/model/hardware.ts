import { sha256, toHex, utf8 } from '#kit'

import { entityId, type EntityId } from './entity.ts'

/**
 * What a machine is called by its maker or its cloud, as a host agent and an endpoint tool both read it. Names and
 * addresses are no identity: they change hands.
 */
export type Hardware = {
  /** SMBIOS system UUID (`product_uuid`), or the platform's own on a Mac. */
  uuid?: string | null | undefined
  /** Serial number, unique for one maker alone. */
  serial?: string | null | undefined
  manufacturer?: string | null | undefined
  /** Id of a cloud's instance (`i-…`), unique within a cloud. */
  instance?: string | null | undefined
}

/** Authority of what hosts call themselves: machine ids are unique by themselves, whoever reports them. */
export const hostAuthority = 'host'
/** Authority of the names below: nobody's realm, as `fp` is for fingerprints. */
export const hardwareAuthority = 'hardware'

/**
 * The names hardware gives a machine: whoever states the same one speaks of the same machine (`SAME_AS`). They are hashes:
 * to claim another machine's takes its own id, which Cordon shows nobody. What a maker left blank is none, since thousands share it.
 */
export function hardwareEntities({ uuid, serial, manufacturer, instance }: Hardware): EntityId[] {
  const names: [string, string][] = []
  const id = uuid?.trim().toLowerCase() ?? ''
  if (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) && !isPlaceholderUuid(id)) names.push(['uuid', id])
  const number = serial?.trim().toUpperCase() ?? ''
  const maker = makerOf(manufacturer ?? '')
  if (maker !== '' && isSerial(number)) names.push(['serial', `${maker}/${number}`])
  const machine = instance?.trim().toLowerCase() ?? ''
  if (/^i-[0-9a-f]{8,17}$/.test(machine)) names.push(['instance', machine])
  return names.map(([kind, text]) =>
    entityId(
      'host',
      hardwareAuthority,
      `${kind}/${toHex(sha256(utf8(`cordon hardware 1 ${kind} ${text}`))).slice(0, 40)}`,
    ),
  )
}

/** Makers of boards ship these: all one digit, and the ones osquery and SMBIOS tools know. */
const placeholderUuids = new Set([
  '03000200-0400-0500-0006-000700080009',
  '03020100-0504-0706-0809-0a0b0c0d0e0f',
  '10000000-0000-8000-0040-000000000000',
  '12345678-1234-5678-90ab-cddeefaabbcc',
])
const isPlaceholderUuid = (id: string): boolean => placeholderUuids.has(id) || new Set(id.replaceAll('-', '')).size < 4

/** A serial number has at least six letters or digits, more than two of them different, and at least one digit. */
function isSerial(text: string): boolean {
  if (!/^[A-Z0-9][A-Z0-9 ._:/-]{5,63}$/.test(text)) return false
  const plain = text.replace(/[^A-Z0-9]/g, '')
  return (
    plain.length >= 6 && /\d/.test(plain) && new Set(plain).size > 2 && !/^0*(?:123456789?0?|0123456789)$/.test(plain)
  )
}

/** `Dell Inc.`, `DELL`, `Dell Computer Corporation`: the first word tells makers apart, and is spelt alike by all tools. */
const makerOf = (text: string): string => /^[a-z0-9]+/.exec(text.trim().toLowerCase())?.[0] ?? ''
