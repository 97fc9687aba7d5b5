import { isIP } from 'node:net'

import type { OcsfObject } from '#model'

// Parts of OCSF events that every log of a host has.

const operatingSystems = { Windows: 100, Linux: 200, macOS: 300 } as const
export type HostSystem = keyof typeof operatingSystems

/** What a path leads to; a path of Windows or of the others. Kind of file where it is known, else 0. */
export function ocsfFile(path: string, more: Partial<OcsfObject<'file'>> = {}): OcsfObject<'file'> {
  const name = path.split(/[\\/]/).findLast((part) => part !== '') ?? path
  return { name, path, type_id: 0, ...more }
}

export function ocsfDevice(hostname: string | undefined, system?: HostSystem): OcsfObject<'device'> {
  const os = system === undefined ? undefined : { name: system, type_id: operatingSystems[system] }
  const address = hostname !== undefined && isIP(hostname) > 0
  return {
    type_id: 0,
    ...(address ? { ip: hostname, name: hostname } : { hostname: hostname ?? 'unknown' }),
    ...(os === undefined ? {} : { os }),
  }
}

export type HostProcess = {
  path?: string | undefined
  name?: string | undefined
  pid?: string | undefined
  uid?: string | undefined
  commandLine?: string | undefined
  user?: OcsfObject<'user'> | undefined
  parent?: OcsfObject<'process'> | undefined
}

/** What no id is told of is of the id `unknown`. */
export function ocsfProcess(told: HostProcess): OcsfObject<'process'> {
  const { path, name, uid, commandLine, user, parent } = told
  const pid = wholeNumber(told.pid)
  const out: OcsfObject<'process'> = {}
  if (path !== undefined) out.file = ocsfFile(path, { type_id: 1 })
  const called = name ?? out.file?.name
  if (called !== undefined) out.name = called
  if (pid !== undefined) out.pid = pid
  if (uid !== undefined) out.uid = uid
  if (commandLine !== undefined) out.cmd_line = commandLine
  if (user !== undefined) out.user = user
  if (parent !== undefined) out.parent_process = parent
  // OCSF wants one of both ids.
  if (pid === undefined && uid === undefined) out.uid = 'unknown'
  return out
}

export function wholeNumber(text: string | undefined): number | undefined {
  const number = text === undefined ? NaN : Number(text)
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

/** A port that is one. */
export const portOf = (text: string | undefined): { port?: number } => {
  const port = wholeNumber(text)
  return port === undefined || port === 0 || port > 65_535 ? {} : { port }
}
