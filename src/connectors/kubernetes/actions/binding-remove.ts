import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import type { KubernetesConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import { nameSubject } from '../normalize-access.ts'
import { readSubjects } from '../rights.ts'
import { binding, bindingLine, bindingPath, restoreBinding, scopeOf } from './bindings.ts'
import {
  accessOf,
  dead,
  deleteObject,
  find,
  guard,
  preview,
  probeEveryMs,
  probeWithinMs,
  refused,
  requiredParts,
  type Context,
} from './context.ts'

const pathOf = (target: EntityId): string => {
  const [scope, name] = requiredParts('binding', target)
  return bindingPath(scope, name)
}
const read = (context: Context, target: EntityId) => find(accessOf(context), pathOf(target), binding, 'the binding')

/** Without these nobody could put anything right: Kubernetes makes them itself, and again at its next start. */
const builtIn = /^(cluster-admin|system:)/

/** Takes back a binding that an exposed credential made. */
export const bindingRemove = defineAction<KubernetesConfig>({
  verb: 'kubernetes.binding.remove',
  phase: 'remove-descendants',
  title: 'Remove a binding of a role',
  scopes: scopesTo('bindings'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity, role }) =>
    role === 'descendant-entity' && partsOf('binding', entity) !== undefined ? entity : undefined,
  preview: () =>
    preview(
      ['bindings'],
      ['everybody the binding names loses its role, from the next request on; undo gives it to all of them again'],
      { reversible: true },
    ),
  async apply(context, target) {
    const [, name] = requiredParts('binding', target)
    if (builtIn.test(name)) throw refused(target, "is one of Kubernetes' own bindings")
    const found = await read(context, target)
    const subjects = found === undefined ? [] : readSubjects(found.subjects, scopeOf(found))
    const hit = subjects.map((subject) => nameSubject(context.authority, subject))
    const access = await guard(context, target, hit)
    if (found === undefined) return { says: 'there was no such binding any more' }
    const outcome = await deleteObject(access, pathOf(target), found.metadata.uid, 'the binding')
    return outcome === 'gone'
      ? { says: 'there was no such binding any more' }
      : { says: `binding removed, in ${scopeOf(found)}`, undoState: { binding: bindingLine(found) } }
  },
  readBack: async (context, target) => ((await read(context, target)) === undefined ? 'landed' : 'absent'),
  async undo(context, target, undoState) {
    const text = undoState?.['binding']
    if (typeof text === 'string') await restoreBinding(await guard(context, target), text)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: probeWithinMs,
    run: async (context, target) =>
      (await read(context, target)) === undefined
        ? dead(context, 'there is no such binding')
        : { verdict: 'alive', says: 'the binding still stands' },
  },
})
