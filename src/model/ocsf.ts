/**
 * The part of OCSF 1.8.0 that Cordon's stages read (https://schema.ocsf.io/1.8.0). `class_uid`, `activity_id`,
 * `category_uid`, `severity_id`, `time`, `type_uid` and `metadata` are required by the base event.
 */
export const ocsfVersion = '1.8.0'

export const ocsfClasses = {
  base_event: { class_uid: 0, category_uid: 0 },
  security_finding: { class_uid: 2001, category_uid: 2 },
  detection_finding: { class_uid: 2004, category_uid: 2 },
  account_change: { class_uid: 3001, category_uid: 3 },
  authentication: { class_uid: 3002, category_uid: 3 },
  authorize_session: { class_uid: 3003, category_uid: 3 },
  entity_management: { class_uid: 3004, category_uid: 3 },
  user_access: { class_uid: 3005, category_uid: 3 },
  group_management: { class_uid: 3006, category_uid: 3 },
  inventory_info: { class_uid: 5001, category_uid: 5 },
  software_info: { class_uid: 5020, category_uid: 5 },
  api_activity: { class_uid: 6003, category_uid: 6 },
  datastore_activity: { class_uid: 6005, category_uid: 6 },
} as const
export type OcsfClass = keyof typeof ocsfClasses

export type OcsfUser = { uid?: string; name?: string; email_addr?: string; type_id?: number }
export type OcsfEvent = {
  class_uid: number
  category_uid: number
  activity_id: number
  type_uid: number
  severity_id: number
  time: number
  metadata: {
    version: typeof ocsfVersion
    product: { vendor_name: string; name?: string }
    uid?: string
    original_time?: string
  }
  status_id?: number
  status_detail?: string
  message?: string
  actor?: {
    user?: OcsfUser
    session?: { uid?: string; issuer?: string }
    app_name?: string
    app_uid?: string
  }
  src_endpoint?: { ip?: string; hostname?: string; port?: number }
  dst_endpoint?: { ip?: string; hostname?: string; port?: number; svc_name?: string }
  user?: OcsfUser
  session?: { uid?: string; issuer?: string }
  api?: { operation: string; service?: { name: string } }
  resources?: { uid?: string; name?: string; type?: string }[]
  database?: { uid?: string; name?: string; type_id: number }
  table?: { uid?: string; name?: string }
  query_info?: { query_string: string; uid?: string }
  device?: { uid?: string; hostname?: string; type_id: number }
  unmapped?: Record<string, unknown>
}

/** Fills the required fields of a class; `activity` is the class's activity_id. */
export function ocsfEvent(
  name: OcsfClass,
  activity: number,
  time: number,
  product: { vendor_name: string; name?: string },
  fields: Omit<Partial<OcsfEvent>, 'class_uid' | 'category_uid' | 'type_uid' | 'activity_id' | 'time' | 'metadata'> & {
    uid?: string
  } = {},
): OcsfEvent {
  const { class_uid, category_uid } = ocsfClasses[name]
  const { uid, ...rest } = fields
  return {
    class_uid,
    category_uid,
    activity_id: activity,
    type_uid: class_uid * 100 + activity,
    time,
    severity_id: rest.severity_id ?? 1,
    metadata: { version: ocsfVersion, product, ...(uid === undefined ? {} : { uid }) },
    ...rest,
  }
}
