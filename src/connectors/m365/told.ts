import type { JsonObject } from '#kit'
import type { OcsfObject } from '#model'

export const product = { name: 'Microsoft 365', vendor_name: 'Microsoft' }

/** A record under names that the classes of OCSF are made from. */
export type Told = {
  record: JsonObject
  atMs: number
  operation: string
  workload: string
  of: (...names: string[]) => string | undefined
  /** A parameter of a cmdlet, or an extended property. */
  parameter: (...names: string[]) => string | undefined
  user: OcsfObject<'user'>
  common: {
    uid: string | undefined
    message: string
    actor: OcsfObject<'actor'>
    src_endpoint: OcsfObject<'network_endpoint'>
    status_id?: 1 | 2
    status_detail?: string
    http_request?: { user_agent: string }
  }
}
