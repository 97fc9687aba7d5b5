import { isObject } from '#kit'
import { nothingNormalized, ocsfEvent, type Normalized } from '#model'
import type { NormalizeInput } from '#sources/contract'

import { nameApp, namePrincipal, nameUser } from './names.ts'
import { spRow, userRow } from './rows.ts'
import { fact, product } from './statements.ts'

/** A change brings the fields that changed, and no others. */
const spChange = spRow.partial({ appId: true })

/** Rows of the delta streams: what is new in an object. They end nothing but what Microsoft says is gone. */
export function normalizeChange({ raw, authority, stream, eventAtMs, arrivedAtMs }: NormalizeInput): Normalized {
  const out = nothingNormalized()
  const atMs = eventAtMs ?? arrivedAtMs
  const isUsers = stream === 'changes-users'
  const id = isObject(raw) && typeof raw['id'] === 'string' ? raw['id'] : undefined
  if (id === undefined || !isObject(raw)) return { ...out, unmapped: stream }
  const isGone = raw['@removed'] !== undefined
  const entity = isUsers ? nameUser(authority, id) : namePrincipal(authority, 'sp', id)
  const told = { uid: id, type: isUsers ? 'User' : 'ServicePrincipal' }
  out.ocsf.push(ocsfEvent('entity_management', isGone ? 'delete' : 'update', atMs, product, { entity: told }))
  if (isGone) {
    out.facts.push(fact(entity, atMs, { enabled: false, status: 'deleted' }))
    return out
  }
  if (isUsers) {
    const user = userRow.safeParse(raw)
    if (!user.success) return { ...out, unmapped: stream }
    const { displayName: name, userPrincipalName: login, mail: email, accountEnabled: enabled, userType } = user.data
    const external = userType === undefined || userType === null ? undefined : userType === 'Guest'
    out.facts.push(fact(entity, atMs, { name, login, email, enabled, external, userType }))
    return out
  }
  const sp = spChange.safeParse(raw)
  if (!sp.success) return { ...out, unmapped: stream }
  const { displayName: name, accountEnabled: enabled, appId } = sp.data
  out.facts.push(fact(entity, atMs, { name, enabled, client: appId }))
  if (appId !== undefined) out.facts.push(fact(nameApp(authority, appId), atMs, { name, enabled }))
  return out
}
