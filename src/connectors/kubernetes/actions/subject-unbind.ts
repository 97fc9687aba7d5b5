import { authorityOf, type EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { KubernetesError, type KubernetesConfig } from '../config.ts'
import { nameUser, partsOf, usernameIn } from '../names.ts'
import { bindingLine, bindingsOf, restoreBinding, takeOut } from './bindings.ts'
import { accessOf, dead, guard, preview, probeEveryMs, refused, type Context } from './context.ts'

/** Bindings taken from one subject in one step; beyond it a person should look. */
const bindingsMax = 200

const requiredUser = (target: EntityId): string => {
  const username = usernameIn(target)
  if (username === undefined) throw refused(target, 'is no user')
  return username
}
const read = (context: Context, target: EntityId) => bindingsOf(accessOf(context), requiredUser(target))

/**
 * A certificate cannot be revoked, and whom an identity provider vouches for it alone can stop: what Kubernetes can take
 * is what its bindings give.
 */
export const subjectUnbind = defineAction<KubernetesConfig>({
  verb: 'kubernetes.subject.unbind',
  phase: 'deny',
  title: 'Take all roles from a user or service account',
  scopes: scopesTo('bindings'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor({ entity, role, attributes }) {
    const { login } = attributes
    if (partsOf('certificate', entity) !== undefined) {
      return typeof login === 'string' && login !== '' ? nameUser(authorityOf(entity), login) : undefined
    }
    return role === 'trigger' && usernameIn(entity) !== undefined ? entity : undefined
  },
  preview: () =>
    preview(
      ['bindings'],
      [
        'bindings that name it lose it, from the next request on; undo puts it back into each',
        'what its groups may do it still may; a client certificate still signs in until it expires',
      ],
      { reversible: true, residualMs: null },
    ),
  async apply(context, target) {
    const username = requiredUser(target)
    const access = await guard(context, target)
    const found = await bindingsOf(access, username)
    if (found.length > bindingsMax) {
      throw new KubernetesError('ERR_KUBERNETES_REFUSED', `${found.length} bindings name the subject`, {
        hint: `at most ${bindingsMax} are taken in one step: look at them`,
      })
    }
    for (const one of found) await takeOut(access, one, username)
    return found.length === 0
      ? { says: 'no binding named it' }
      : { says: `taken out of ${found.length} bindings`, undoState: { bindings: found.map(bindingLine) } }
  },
  readBack: async (context, target) => ((await read(context, target)).length === 0 ? 'landed' : 'absent'),
  async undo(context, target, undoState) {
    const lines = undoState?.['bindings']
    if (!Array.isArray(lines)) return
    const access = await guard(context, target)
    for (const text of lines) await restoreBinding(access, text, requiredUser(target))
  },
  probe: { everyMs: probeEveryMs, withinMs: 5_000, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const found = await read(context, target)
  if (found.length > 0) return { verdict: 'alive', says: `${found.length} bindings name it` }
  if (partsOf('serviceaccount', target) !== undefined) return dead(context, 'no binding names the account')
  return {
    verdict: 'unknown',
    says: 'no binding names the user any more; it still signs in, and what its groups may do only its certificate or identity provider tells',
  }
}
