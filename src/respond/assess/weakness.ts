import { toSecondsDown, toSecondsUp } from '#kit'
import { kindOf, type EntityId, type ExposedCredential, type Exposure, type MendingTrigger, type Window } from '#model'
import { paged, pagedFacts, type EstateView } from '#estate'

import { credentialKindOf } from './credential-kind.ts'
import { notAssessed } from './not-assessed.ts'

/**
 * Weak things that somebody mends before anything happened, or what a vendor has that is paused: each thing itself, and nothing that it opens, made or stands
 * beside. What a person does is no member: a task proves nothing dead. Pure, as `expose` is.
 */
export async function exposeWeakness(
  view: EstateView,
  trigger: MendingTrigger,
  window: Window,
  nowMs: number,
  blindSpots: readonly string[],
): Promise<Exposure> {
  const epoch = toSecondsDown(window.fromMs)
  const mended = trigger.things.filter(({ mending }) => mending !== 'task').map(({ target }) => target)
  const targets = [...new Set(mended)].sort()
  const isCredential = (entity: EntityId): boolean => kindOf(entity) === 'credential'
  const credentials = targets.filter(isCredential)
  const facts = new Map<EntityId, Readonly<Record<string, unknown>>>()
  for await (const [entity, known] of pagedFacts(view, credentials)) facts.set(entity, known)
  const at = toSecondsUp(nowMs)
  const signsIn = await paged(credentials, (page) => view.edgesFrom(page, { types: ['AUTHENTICATES_AS'], at }))
  const identities = new Map(signsIn.map(({ src, dst }) => [src, dst]))
  return {
    trigger,
    window,
    asOf: view.asOf,
    hosts: [],
    credentials: credentials.map((credential): ExposedCredential => {
      const kind = facts.get(credential)?.['kind']
      return {
        credential,
        kind: credentialKindOf(credential, typeof kind === 'string' ? [kind] : []),
        identity: identities.get(credential) ?? null,
        role: 'trigger',
        epoch,
        reason: [],
        conditional: false,
      }
    }),
    descendants: targets.filter((entity) => !isCredential(entity)).map((entity) => ({ entity, epoch, reason: [] })),
    impact: notAssessed(
      blindSpots,
      trigger.kind === 'pause'
        ? 'a pause does not ask whose data they touched: `cordon vendor show` tells what they reach and may hold'
        : 'the fix of something weak does not ask whose data somebody touched: `cordon recall` on one thing does',
    ),
  }
}
