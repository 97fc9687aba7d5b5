import { z } from 'zod'

import type { EntityId } from '#model'
import { defineAction } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import type { KubernetesConfig } from '../config.ts'
import { partsOf } from '../names.ts'
import {
  accessOf,
  call,
  dead,
  find,
  guard,
  objectPath,
  preview,
  probeEveryMs,
  requiredParts,
  settle,
  type Context,
} from './context.ts'

const node = z.object({ spec: z.object({ unschedulable: z.boolean().nullish() }).nullish() })
const pathOf = (target: EntityId): string => objectPath('core', 'nodes', '*', requiredParts('node', target)[0])
const hint = 'look at the node'

async function isCordoned(context: Context, target: EntityId): Promise<boolean | undefined> {
  const found = await find(accessOf(context), pathOf(target), node, 'the node')
  return found === undefined ? undefined : found.spec?.unschedulable === true
}

async function turn(context: Context, target: EntityId, unschedulable: boolean): Promise<'done' | 'gone'> {
  const access = await guard(context, target)
  const body = { spec: { unschedulable } }
  return settle(await call(access, pathOf(target), { method: 'PATCH', body }), 'a change of the node', hint)
}

/** Keeps new pods, and the tokens that come with them, off a node that is the attacker's. It stops nothing that runs there. */
export const nodeCordon = defineAction<KubernetesConfig>({
  verb: 'kubernetes.node.cordon',
  phase: 'isolate',
  title: 'Let no new pod onto a node',
  scopes: scopesTo('nodes'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('node', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      ['nodes'],
      [
        'no new pod is put onto the node; what runs there goes on, and so does whoever has the node',
        'undo lets pods onto it again',
      ],
      { reversible: true, residualMs: null },
    ),
  async apply(context, target) {
    if ((await isCordoned(context, target)) === true) return { says: 'the node took no new pods already' }
    const outcome = await turn(context, target, true)
    return outcome === 'gone'
      ? { says: 'there is no such node any more' }
      : { says: 'cordoned', undoState: { wasOpen: true } }
  },
  readBack: async (context, target) => ((await isCordoned(context, target)) === false ? 'absent' : 'landed'),
  async undo(context, target, undoState) {
    if (undoState?.['wasOpen'] === true) await turn(context, target, false)
  },
  probe: {
    everyMs: probeEveryMs,
    withinMs: 5_000,
    async run(context, target) {
      const cordoned = await isCordoned(context, target)
      if (cordoned === undefined) return dead(context, 'there is no such node any more')
      return cordoned
        ? {
            verdict: 'unknown',
            says: 'no new pod comes onto the node; what runs there goes on: take the machine off the network',
          }
        : { verdict: 'alive', says: 'the node takes new pods' }
    },
  },
})
