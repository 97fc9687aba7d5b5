import { formatTime } from '#kit'

import type { Principal } from '#policy'

import { addFirstUser, addUser, toUser } from '../add-user.ts'
import { newUserToken, type ResponseOf } from '../contract/index.ts'
import { ApiError } from '../error.ts'
import { revokeUser, type UserRow } from '../users.ts'
import type { RouteHandlers } from './call.ts'

const ok = { ok: true as const }
const streamPauseMs = 15_000

export const systemRoutes: RouteHandlers<
  | 'system.health'
  | 'system.bootstrap'
  | 'system.stream'
  | 'user.list'
  | 'user.create'
  | 'user.revoke'
  | 'approver.list'
  | 'approver.enroll'
  | 'automation.show'
  | 'automation.stop'
  | 'automation.resume'
  | 'ladder.set'
  | 'key.list'
  | 'key.issue'
  | 'key.verify'
  | 'key.kill'
  | 'ledger.checkpoint'
  | 'ledger.leaf'
  | 'policy.show'
  | 'reporter.show'
  | 'reporter.file'
> = {
  // Who has not signed in learns whether it is up, not what is connected.
  'system.health': ({ services, principal }) =>
    Promise.resolve(isAnonymous(principal) ? bare(services.health()) : services.health()),
  'system.bootstrap': async ({ services, body }) => {
    const { name, token: given } = body
    const made = newUserToken(services.random)
    const token = given ?? made
    const user = await addFirstUser(services, name, token)
    services.endBootstrap()
    return { user, token: given === undefined ? made.token : null }
  },
  'system.stream': ({ services }) =>
    Promise.resolve(async function* (signal: AbortSignal) {
      while (!signal.aborted) {
        yield { at: formatTime(services.clock.nowMs()), ...services.health() }
        await services.bell.wait(['log', 'incident', 'source'], streamPauseMs, signal)
      }
    }),
  'user.list': ({ services }) =>
    Promise.resolve({
      users: services.reader
        .all<UserRow>(
          'SELECT name, roles, created_at FROM user WHERE tenant = ? AND revoked_at IS NULL ORDER BY name LIMIT 1000',
          services.tenant,
        )
        .map(toUser),
    }),
  'user.create': async ({ services, principal, body }) => {
    const token = newUserToken(services.random)
    return { user: await addUser(services, body.name, body.roles, principal.id, token), token: token.token }
  },
  'user.revoke': async ({ services, principal, params }) => {
    const name = params['user'] ?? ''
    const { tenant, clock } = services
    await services.writer.submit(
      revokeUser({ tenant, name, nowMs: clock.nowMs() }),
      services.receipt('user.revoked', {}, { user: name, by: principal.id }),
      // A receiver that is gone is told nothing more.
      ...services.signals.removalsOf(name),
    )
    return ok
  },
  'approver.list': ({ services }) => Promise.resolve({ approvers: services.approvers.list() }),
  'approver.enroll': async ({ services, principal, body }) => ({
    keyId: await services.approvers.enroll(body.name, body.publicKey, principal.id),
  }),
  'automation.show': ({ services }) =>
    Promise.resolve({ stopped: services.responder.isStopped(services.tenant), ladder: services.ladder.list() }),
  'automation.stop': async ({ services, principal, body }) => {
    await services.responder.stop(services.tenant, principal.id, body.reason)
    return ok
  },
  'automation.resume': async ({ services, principal }) => {
    // A role alone is what one administrator can give away; a key takes a second person or a day.
    if (!services.approvers.list().some(({ name, state }) => name === principal.id && state === 'active')) {
      throw new ApiError('ERR_API_FORBIDDEN', `\`${principal.id}\` has no approval key that is active`, {
        hint: 'who lets automation run again is one of those who approve: `cordon approver enroll`',
      })
    }
    await services.responder.resume(services.tenant, principal.id)
    return ok
  },
  'ladder.set': ({ services, principal, body }) => services.ladder.set(body, principal.id),
  'key.list': ({ services }) => Promise.resolve({ keys: services.keys.list() }),
  'key.issue': ({ services, body }) => services.keys.issue(body.owner),
  'key.verify': ({ services, body }) => services.keys.verify(body.token),
  'key.kill': async ({ services, params }) => {
    await services.keys.kill(params['key'] ?? '')
    return ok
  },
  'ledger.checkpoint': async ({ services }) => {
    const { size, rootHash, note } = await services.ledger.checkpoint(services.tenant)
    return { size, rootHash, note, publicKey: services.ledgerPublicKey }
  },
  'ledger.leaf': ({ services, params }) => {
    const index = Number(params['index'])
    const size = services.ledger.size(services.tenant)
    const leaf = Number.isSafeInteger(index) ? services.ledger.leaf(services.tenant, index) : undefined
    if (leaf === undefined)
      throw new ApiError('ERR_API_NOT_FOUND', `no leaf \`${params['index']}\`, the ledger has ${size}`)
    return Promise.resolve({
      index,
      hash: leaf.hash,
      receipt: leaf.receipt,
      proof: services.ledger.inclusionProof(services.tenant, index, size),
      size,
    })
  },
  'policy.show': ({ services }) => Promise.resolve({ version: services.policy.version, policies: services.policies }),
  'reporter.show': ({ services: { reporter } }) =>
    Promise.resolve({ file: reporter.file, sha256: reporter.sha256, bytes: Buffer.byteLength(reporter.text) }),
  'reporter.file': ({ services }) => Promise.resolve(services.reporter.text),
}

const bare = ({ detection, ...health }: ResponseOf<'system.health'>): ResponseOf<'system.health'> => ({
  ...health,
  sources: [],
  warnings: [],
  detection: { ...detection, packs: [], refused: [] },
})
const isAnonymous = ({ roles }: Principal): boolean => roles.length === 0
