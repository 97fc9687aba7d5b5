import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'
import { listStart, refuseUnlessOk, VendorError } from '#sources/contract'

import { call, readIds, refuseErrors, type Access } from '../client.ts'
import { CrowdstrikeError, type CrowdstrikeConfig } from '../config.ts'
import { clientIn } from '../names.ts'
import { accessOf, dead, guard, preview, refused } from './context.ts'

const scopes = ['api-client-mgmt:read', 'api-client-mgmt:write'] as const
/** Tokens it was given live so long. */
const tokenLifeMs = 30 * 60_000
const clientRows = 500
const clientPagesMax = 20

/** Whether the list of API clients has it, read to its end. */
export async function isListed(access: Access, id: string): Promise<boolean> {
  const what = 'the list of API clients'
  const path = '/api-clients/queries/api-clients/v1'
  let place = listStart
  for (let pages = 0; pages < clientPagesMax; pages++) {
    const { ids, next } = await readIds(access, path, { place, limit: clientRows }, what)
    if (ids.includes(id)) return true
    if (next === null) return false
    place = next
  }
  throw new VendorError('ERR_VENDOR_SHAPE', `${what} is over ${clientPagesMax * clientRows}`)
}

function required(target: EntityId): string {
  const id = clientIn(target)
  if (id === undefined) throw refused(target, 'is no API client')
  return id
}

export const clientDelete = defineAction<CrowdstrikeConfig>({
  verb: 'crowdstrike.client.delete',
  phase: 'revoke',
  title: 'Delete an API client (CrowdStrike)',
  scopes,
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (clientIn(entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      scopes,
      [
        'what signs in with this client gets no token any more; it cannot be brought back, and a new one has another id',
        'CrowdStrike does not say whether tokens it was given end with it: they may live for 30 minutes',
      ],
      { residualMs: tokenLifeMs },
    ),
  async apply(context, target) {
    const id = required(target)
    if (!context.config.managesClients) {
      throw new CrowdstrikeError('ERR_CROWDSTRIKE_NEEDS', 'this source may not delete API clients', {
        hint: 'set `managesClients` and give its API client the scopes, or delete it in the console',
      })
    }
    const access = guard(context, target)
    if (!(await isListed(access, id))) return { says: 'the API client was gone already' }
    const response = await call(access, '/api-clients/entities/api-clients/v1', {
      method: 'DELETE',
      query: { ids: id },
    })
    if (response.status === 404) return { says: 'the API client was gone already' }
    refuseUnlessOk(response, 'the deletion of an API client')
    refuseErrors(response, 'the deletion of an API client')
    return { says: 'deleted; tokens it was given may live for 30 minutes' }
  },
  async readBack(context, target) {
    return (await isListed(accessOf(context), required(target))) ? 'absent' : 'landed'
  },
  probe: {
    everyMs: 3_000,
    withinMs: 120_000,
    async run(context, target) {
      return (await isListed(accessOf(context), required(target)))
        ? { verdict: 'alive', says: 'CrowdStrike lists the API client' }
        : dead(
            context,
            'CrowdStrike lists no such API client: it is given no token; older tokens end within 30 minutes',
          )
    },
  },
})
