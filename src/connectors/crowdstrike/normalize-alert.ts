import { z } from 'zod'

import { nothingNormalized, ocsfEvent, type Normalized, type OcsfFields } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { deviceOf, product, timeMs, told } from './statements.ts'

const text = z.string().nullish()
const alert = z.object({
  composite_id: z.string(),
  created_timestamp: z.string(),
  timestamp: text.catch(undefined),
  display_name: text.catch(undefined),
  name: text.catch(undefined),
  description: text.catch(undefined),
  product: text.catch(undefined),
  severity_name: text.catch(undefined),
  tactic: text.catch(undefined),
  tactic_id: text.catch(undefined),
  technique: text.catch(undefined),
  technique_id: text.catch(undefined),
  filename: text.catch(undefined),
  filepath: text.catch(undefined),
  cmdline: text.catch(undefined),
  sha256: text.catch(undefined),
  process_id: text.catch(undefined),
  user_name: text.catch(undefined),
  agent_id: text.catch(undefined),
  device: z
    .looseObject({
      device_id: z.string(),
      hostname: text,
      platform_name: text,
      os_version: text,
      product_type_desc: text,
    })
    .nullish()
    .catch(undefined),
})
type Alert = z.infer<typeof alert>

const severities = { informational: 1, low: 2, medium: 3, high: 4, critical: 5 } as const
const severityOf = (name: string | null | undefined): 0 | 1 | 2 | 3 | 4 | 5 =>
  Object.entries(severities).find(([word]) => word === name?.toLowerCase())?.[1] ?? 0

/** An alert of any product of Falcon's → a detection finding. It says nothing of who can reach what. */
export function normalizeAlert({ raw, stream, arrivedAtMs }: NormalizeInput): Normalized {
  const parsed = alert.safeParse(raw)
  if (!parsed.success) {
    const event = ocsfEvent('base_event', 'other', arrivedAtMs, product, { activity_name: stream })
    return { ...nothingNormalized(), ocsf: [event], unmapped: stream }
  }
  const one = parsed.data
  const atMs = timeMs(one.timestamp) ?? timeMs(one.created_timestamp) ?? arrivedAtMs
  const id = one.device?.device_id ?? one.agent_id
  const device = typeof id === 'string' && id !== '' ? deviceOf({ ...one.device, device_id: id }) : undefined
  const evidence = evidenceOf(one)
  const createdMs = timeMs(one.created_timestamp)
  const event = ocsfEvent('detection_finding', 'create', atMs, product, {
    uid: one.composite_id,
    severity_id: severityOf(one.severity_name),
    ...(device === undefined ? {} : { device, profiles: ['host'] }),
    finding_info: {
      uid: one.composite_id,
      title: one.display_name ?? one.name ?? 'alert',
      ...told('desc', one.description),
      ...(createdMs === undefined ? {} : { created_time: createdMs }),
      ...(typeof one.product === 'string' ? { types: [one.product] } : {}),
      ...attackOf(one),
    },
    ...(evidence === undefined ? {} : { evidences: [evidence] }),
  })
  return { ...nothingNormalized(), ocsf: [event] }
}

type Finding = OcsfFields<'detection_finding'>

function attackOf({ tactic, tactic_id, technique, technique_id }: Alert): Pick<Finding['finding_info'], 'attacks'> {
  const of = (name: string | null | undefined, uid: string | null | undefined) =>
    typeof name === 'string' && name !== '' ? { name, ...told('uid', uid) } : undefined
  const [first, second] = [of(tactic, tactic_id), of(technique, technique_id)]
  if (first === undefined && second === undefined) return {}
  return {
    attacks: [
      { ...(first === undefined ? {} : { tactic: first }), ...(second === undefined ? {} : { technique: second }) },
    ],
  }
}

function evidenceOf(one: Alert): NonNullable<Finding['evidences']>[number] | undefined {
  const { filename, filepath, cmdline, sha256, process_id: process, user_name: user } = one
  if (typeof filename !== 'string' || filename === '') return undefined
  const file = {
    name: filename,
    type_id: 1 as const,
    ...told('path', filepath),
    ...(typeof sha256 === 'string' && /^[0-9a-f]{64}$/i.test(sha256)
      ? { hashes: [{ algorithm_id: 3 as const, value: sha256 }] }
      : {}),
  }
  const by = typeof user === 'string' && user !== '' ? { user: { name: user } } : {}
  // A process without an id is none that OCSF knows: the file it ran from stands in.
  if (typeof process !== 'string' || process === '') return { file, ...by }
  return { process: { name: filename, uid: process, ...told('cmd_line', cmdline), file, ...by } }
}
