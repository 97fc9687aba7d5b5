import type { OcsfObject } from '#model'
import { timeMs } from '#sources/contract'

import type { Rows } from './rows.ts'

export { closeEdge as close, openEdge as open, toldFact as fact } from '#model'
export { timeMs } from '#sources/contract'

export const product = { vendor_name: 'CrowdStrike', name: 'Falcon' }

/** The Event Streams write seconds, milliseconds or text, by the age of what is written. */
export function clockMs(time: string | number | null | undefined): number | undefined {
  if (typeof time !== 'number') return timeMs(time)
  return time <= 0 ? undefined : Math.round(time < 100_000_000_000 ? time * 1000 : time)
}

const systems: Readonly<Record<string, 100 | 200 | 300>> = { Windows: 100, Linux: 200, Mac: 300 }

type Shown = Pick<Rows['host'], 'device_id'> & Partial<Rows['host']>

/** A host as OCSF's device; of a hardware it names what the vendor names. */
export function deviceOf(host: Shown): OcsfObject<'device'> {
  const { device_id: uid, hostname, platform_name: platform, os_version: version, product_type_desc: type } = host
  const isServer = type === 'Server' || type === 'Domain Controller'
  return {
    uid,
    type_id: isServer ? 1 : 0,
    ...told('hostname', hostname),
    ...told('domain', host.machine_domain),
    ...told('instance_uid', host.instance_id),
    ...(typeof platform === 'string' && platform !== ''
      ? { os: { name: platform, type_id: systems[platform] ?? 0, ...told('version', version) } }
      : {}),
    ...(typeof host.serial_number === 'string' && host.serial_number !== ''
      ? { hw_info: { serial_number: host.serial_number, ...told('vendor_name', host.system_manufacturer) } }
      : {}),
  }
}

export const told = <Key extends string>(key: Key, value: string | null | undefined): Partial<Record<Key, string>> =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one key, of the type it is given
  value === null || value === undefined || value === '' ? {} : ({ [key]: value } as Record<Key, string>)
