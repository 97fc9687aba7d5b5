import type { JsonObject } from 'cordon/kit'

import { addSecret, makeApplication, makeServicePrincipal } from '../../twins/entra/apps.ts'
import { appRoleIdOf, makeAppRoleAssignment } from '../../twins/entra/permissions.ts'
import { graphOf, textOf, type Row } from '../../twins/entra/state.ts'
import type { EntraTwin } from '../../twins/entra/twin.ts'
import type { Company } from '../company/model.ts'
import type { At } from '../part.ts'
import { tellApp, tellIdentity, type Draft } from '../truth.ts'

export type EntraWorld = { twin: EntraTwin; at: At; company: Company; fill: Draft; users: ReadonlyMap<number, Row> }

/** An app of the company's own, with what it may do in its own name and a secret. */
export function registerApp(
  { twin, at, fill }: EntraWorld,
  name: string,
  given: { createdMs: number; permissions: readonly string[]; lastUsedMs: number; isKept?: boolean },
): { app: Row; sp: Row; secret: JsonObject; value: string } {
  const { tenant, state } = twin
  return at.clock.during(given.createdMs, () => {
    const app = makeApplication(tenant, name)
    const sp = makeServicePrincipal(tenant, app)
    const { key: secret, value } = addSecret(tenant, app, name)
    for (const one of given.permissions) makeAppRoleAssignment(tenant, sp.id, graphOf(state), appRoleIdOf(state, one))
    if (given.isKept !== false) {
      tellApp(fill, { native: textOf(app, 'appId'), label: name, ours: true, letIn: null })
      tellIdentity(fill, { kind: 'app', noun: 'app', native: textOf(app, 'appId'), label: name })
      fill.credentials.push({
        id: `entra/secret/${name}`,
        vendor: 'entra',
        kind: 'client-secret',
        native: `application/${app.id}/${textOf(secret, 'keyId')}`,
        value,
        with: { client: textOf(app, 'appId') },
        owner: name,
        createdMs: given.createdMs,
        lastUsedMs: given.lastUsedMs,
        lies: [],
      })
    }
    return { app, sp, secret, value }
  })
}
