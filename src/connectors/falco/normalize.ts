import type { JsonObject } from '#kit'
import { ocsfEndpoint, ocsfEvent, type OcsfObject, type Stated } from '#model'
import {
  objectAt,
  ocsfDevice,
  ocsfFile,
  ocsfProcess,
  portOf,
  saidAt,
  timeMs as timeIn,
  type FormatAt,
} from '#sources/contract'

export const product = { name: 'Falco', vendor_name: 'The Falco Project' }

export const timeMs = (record: JsonObject): number | undefined => timeIn(saidAt(record, 'time'))

/** Falco's priorities are those of syslog. */
const severities: Readonly<Record<string, 1 | 2 | 3 | 4 | 5 | 6>> = {
  emergency: 6,
  alert: 5,
  critical: 5,
  error: 4,
  warning: 3,
  notice: 2,
  informational: 1,
  debug: 1,
}

/** Fields are those that the rule's `output` names: none is sure to be there. */
export function read(record: JsonObject, { atMs }: FormatAt): Stated | string {
  const rule = saidAt(record, 'rule')
  if (rule === undefined) return 'no alert of a rule'
  const fields = objectAt(record, 'output_fields')
  const of = (...names: string[]): string | undefined => {
    const said = saidAt(fields, ...names)
    return said === '<NA>' ? undefined : said
  }
  const user = userOf(of('user.uid', 'user.loginuid'), of('user.name', 'user.loginname'))
  const parent = of('proc.pname', 'proc.ppid', 'proc.pexepath') === undefined ? undefined : parentOf(of)
  const process = ocsfProcess({
    path: of('proc.exepath', 'proc.exe'),
    name: of('proc.name'),
    pid: of('proc.pid'),
    commandLine: of('proc.cmdline'),
    parent,
  })
  const container = containerOf(of)
  if (container !== undefined) process.container = container
  const caller = of('ka.user.name', 'ct.user', 'ct.user.arn')
  const actor: OcsfObject<'actor'> = {
    process,
    ...(caller === undefined ? (user === undefined ? {} : { user }) : { user: { name: caller } }),
  }
  const path = of('fd.name', 'fs.path.name')
  const address = of('fd.sip', 'fd.rip')
  const from = of('fd.cip', 'ct.srcip', 'ka.sourceips')
  return {
    ocsf: [
      ocsfEvent('detection_finding', 'create', atMs, product, {
        uid: saidAt(record, 'uuid'),
        message: saidAt(record, 'output'),
        severity_id: severities[(saidAt(record, 'priority') ?? '').toLowerCase()] ?? 99,
        ...(severities[(saidAt(record, 'priority') ?? '').toLowerCase()] === undefined
          ? { severity: saidAt(record, 'priority') ?? 'unknown' }
          : {}),
        device: ocsfDevice(saidAt(record, 'hostname') ?? of('evt.hostname'), 'Linux'),
        profiles: container === undefined ? ['host'] : ['host', 'container'],
        finding_info: {
          uid: saidAt(record, 'uuid') ?? `${rule}/${atMs}`,
          title: rule,
          analytic: { type_id: 1, name: rule },
        },
        evidences: [
          {
            actor,
            process,
            ...(path?.startsWith('/') === true ? { file: ocsfFile(path) } : {}),
            ...(address === undefined
              ? {}
              : { dst_endpoint: { ...ocsfEndpoint(address), ...portOf(of('fd.sport', 'fd.rport')) } }),
            ...(from === undefined ? {} : { src_endpoint: ocsfEndpoint(from.split(',')[0]) }),
          },
        ],
      }),
    ],
  }
}

type Of = (...names: string[]) => string | undefined

const userOf = (uid: string | undefined, name: string | undefined): OcsfObject<'user'> | undefined =>
  uid === undefined && name === undefined
    ? undefined
    : { ...(uid === undefined ? {} : { uid }), ...(name === undefined ? {} : { name }) }

const parentOf = (of: Of): OcsfObject<'process'> =>
  ocsfProcess({
    path: of('proc.pexepath'),
    name: of('proc.pname'),
    pid: of('proc.ppid'),
    commandLine: of('proc.pcmdline'),
  })

/** `host` is Falco's name for no container. */
function containerOf(of: Of): OcsfObject<'container'> | undefined {
  const uid = of('container.id')
  if (uid === undefined || uid === 'host') return undefined
  const name = of('k8s.pod.name', 'container.name')
  return { uid, ...(name === undefined ? {} : { name }) }
}
