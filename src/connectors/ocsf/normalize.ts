import { isObject, type Json } from '#kit'
import { nothingNormalized, ocsfEvent, type Normalized, type OcsfEvent } from '#model'
import { validateOcsf } from '#model/ocsf'
import { touchesOf, type NormalizeInput } from '#sources/contract'

import { lineEvent, syslogLine } from './line.ts'

/** A valid event passes as it is. Another becomes the base event, and says where the first fault lies, never a value. */
export function normalize({ raw, authority, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const fault = firstFault(raw)
  if (isValid(raw, fault)) return { ...nothingNormalized(), ocsf: [raw], touches: touchesOf(raw, authority) }
  const line = syslogLine.safeParse(raw)
  if (line.success) return { ...nothingNormalized(), ocsf: [lineEvent(line.data, eventAtMs ?? arrivedAtMs, authority)] }
  const base = ocsfEvent('base_event', 'unknown', eventAtMs ?? arrivedAtMs, { name: authority }, {})
  return { ...nothingNormalized(), ocsf: [base], unmapped: `no valid OCSF event: ${fault}` }
}

const isValid = (raw: Json, fault: string | undefined): raw is Json & OcsfEvent => fault === undefined && isObject(raw)

function firstFault(raw: Json): string | undefined {
  const fault = validateOcsf(raw).find(({ level }) => level === 'error')
  return fault === undefined ? undefined : `${fault.path === '' ? 'the record' : fault.path} ${fault.message}`
}
