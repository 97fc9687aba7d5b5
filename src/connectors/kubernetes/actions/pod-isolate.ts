import { z } from 'zod'

import { parseJson, type Json } from '#kit'
import type { EntityId } from '#model'
import { defineAction, type Probed } from '#respond/contract'

import { scopesTo } from '../auth.ts'
import { listAll, type Access } from '../client.ts'
import type { KubernetesConfig } from '../config.ts'
import { namePodToken, partsOf } from '../names.ts'
import {
  above,
  accessOf,
  call,
  dead,
  find,
  guard,
  objectPath,
  preview,
  probeEveryMs,
  probeWithinMs,
  requiredParts,
  settle,
  type Context,
} from './context.ts'
import { labelSelector, selects } from './label-selector.ts'

const networking = 'networking.k8s.io'
const mark = 'cordon.dev/isolated'
/** What the labels were, on the pod itself: they and the mark change in one request, whatever becomes of Cordon. */
const former = 'cordon.dev/former-labels'
const hint = 'look at the pod'

const texts = z.record(z.string(), z.string())
const pod = z.object({ metadata: z.object({ uid: z.string(), labels: texts.nullish(), annotations: texts.nullish() }) })
const rules = z.array(z.json()).nullish()
const policy = z.object({
  metadata: z.object({ name: z.string() }),
  spec: z.object({ podSelector: labelSelector.nullish(), ingress: rules, egress: rules }).nullish(),
})

const podPath = (target: EntityId): string => {
  const [namespace, name] = requiredParts('pod', target)
  return objectPath('core', 'pods', namespace, name)
}
const policyName = (target: EntityId): string => `cordon-${requiredParts('pod', target)[2]}`
const policyPath = (target: EntityId): string =>
  objectPath(networking, 'networkpolicies', requiredParts('pod', target)[0], policyName(target))

/** The pod, if it still is the one that is meant. */
async function read(context: Context, target: EntityId) {
  const found = await find(accessOf(context), podPath(target), pod, 'the pod')
  return found?.metadata.uid === requiredParts('pod', target)[2] ? found.metadata : undefined
}

function bodyOf(target: EntityId): Json {
  const [namespace, name, uid] = requiredParts('pod', target)
  return {
    apiVersion: `${networking}/v1`,
    kind: 'NetworkPolicy',
    metadata: {
      namespace,
      name: policyName(target),
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }],
    },
    spec: { podSelector: { matchLabels: { [mark]: uid } }, policyTypes: ['Ingress', 'Egress'] },
  }
}

/** `null` takes a label or an annotation away. */
async function relabel(
  access: Access,
  target: EntityId,
  labels: Record<string, Json>,
  annotations: Record<string, Json>,
) {
  const [, , uid] = requiredParts('pod', target)
  const body = { metadata: { uid, labels, annotations } }
  return settle(await call(access, podPath(target), { method: 'PATCH', body }), 'the labels of the pod', hint)
}

/** `found`: the pod, as it was read; one that is gone speaks with nobody. */
async function isIsolated(
  context: Context,
  target: EntityId,
  found: Awaited<ReturnType<typeof read>>,
): Promise<boolean> {
  if (found === undefined) return true
  const standing = await find(accessOf(context), policyPath(target), policy, 'the policy')
  return standing !== undefined && found.labels?.[mark] === found.uid
}

/** Policies only ever add what is let through: one that selects the pod whatever its labels still does. */
async function lettingThrough(context: Context, target: EntityId): Promise<string[]> {
  const [, , uid] = requiredParts('pod', target)
  const rows = await listAll(accessOf(context), above(policyPath(target)), policy, 'the network policies')
  return rows.flatMap(({ metadata, spec }) => {
    const isLetting = (spec?.ingress ?? []).length > 0 || (spec?.egress ?? []).length > 0
    return isLetting && selects(spec?.podSelector ?? {}, new Map([[mark, uid]])) ? [metadata.name] : []
  })
}

/**
 * Takes a pod out of its services and controllers and lets it speak with nobody. Its labels go, since any policy that
 * selects them would add to what it may: the controller makes another pod in its place, and this one stays as evidence.
 */
export const podIsolate = defineAction<KubernetesConfig>({
  verb: 'kubernetes.pod.isolate',
  phase: 'isolate',
  title: 'Isolate a pod by a network policy',
  scopes: scopesTo('isolate'),
  retry: 'idempotent',
  proofs: ['read-back'],
  targetFor: ({ entity }) => (partsOf('pod', entity) === undefined ? undefined : entity),
  preview: () =>
    preview(
      ['isolate'],
      [
        'the pod may speak with nobody, where the network plug-in enforces policies; connections that are open may stay so',
        'its services and its controller let it go: a controller makes another in its place',
        'undo gives the labels back and takes the policy away; the controller may then end one pod too many',
      ],
      { reversible: true, residualMs: null },
    ),
  async apply(context, target) {
    const [namespace, name, uid] = requiredParts('pod', target)
    const access = await guard(context, target, [namePodToken(context.authority, namespace, name, uid)])
    const found = await read(context, target)
    if (found === undefined) return { says: 'there was no such pod any more' }
    const made = await call(access, above(policyPath(target)), { method: 'POST', body: bodyOf(target) })
    if (made.status !== 409) settle(made, 'the policy', hint)
    if (found.labels?.[mark] === uid) return { says: 'the pod was isolated already', undoState: { isolated: true } }
    const gone = Object.fromEntries(Object.keys(found.labels ?? {}).map((key) => [key, null]))
    await relabel(access, target, { ...gone, [mark]: uid }, { [former]: JSON.stringify(found.labels ?? {}) })
    return { says: 'isolated', undoState: { isolated: true } }
  },
  readBack: async (context, target) =>
    (await isIsolated(context, target, await read(context, target))) ? 'landed' : 'absent',
  async undo(context, target, undoState) {
    if (undoState?.['isolated'] !== true) return
    const access = await guard(context, target)
    const found = await read(context, target)
    const kept = found?.annotations?.[former]
    if (kept !== undefined) {
      await relabel(access, target, { ...texts.parse(parseJson(kept)), [mark]: null }, { [former]: null })
    }
    settle(await call(access, policyPath(target), { method: 'DELETE' }), 'taking the policy away', hint)
  },
  probe: { everyMs: probeEveryMs, withinMs: probeWithinMs, run: probe },
})

async function probe(context: Context, target: EntityId): Promise<Probed> {
  const found = await read(context, target)
  if (found === undefined) return dead(context, 'there is no such pod any more')
  if (!(await isIsolated(context, target, found))) return { verdict: 'alive', says: 'no policy isolates the pod' }
  const others = await lettingThrough(context, target)
  if (others.length > 0) {
    return {
      verdict: 'alive',
      says: `policies for all pods still let some traffic through: ${others.slice(0, 5).join(', ')}`,
    }
  }
  if (!context.config.enforcesNetworkPolicy) {
    return { verdict: 'unknown', says: 'the policy stands; whether the network plug-in enforces it is not known' }
  }
  return dead(context, 'a policy that lets nothing through selects the pod, and no other does')
}
