import { CordonError, sha256, toHex } from '#kit'
import type { EntityId } from '#model'

import { dead, type ActionContext, type Applied, type ContainAction, type Probed } from './action.ts'
import type { Holding } from './holder.ts'
import type { Issuer, Issuing } from './issuer.ts'

export class HandOverError extends CordonError<'ERR_HAND_OVER_REFUSED' | 'ERR_HAND_OVER_PLACE'> {}

const everyMs = 5_000
/** The longest that a consumer may take to read its place anew, and a little. */
const withinMs = 3_660_000

/**
 * A successor of an exposed credential, issued here and written where its consumers read, in whichever source that is
 * (docs/decisions/007). One step, because the value may outlive no step: it is in memory from its making to its writing.
 * Dead in between, hands leave at most an unused credential of the standby, which the next try withdraws.
 */
export const handOver = <Config>(issuer: Issuer<Config>): ContainAction<Config> => ({
  verb: issuer.verb,
  phase: 'hand-over',
  title: issuer.title,
  scopes: issuer.scopes,
  retry: 'read-back',
  proofs: ['read-back'],
  needsPlace: { gives: issuer.gives, leadsTo: (config, authority) => issuer.leadsTo(config, authority) },
  authorityFor: (member) => issuer.authorityFor(member),
  targetFor: (member) => issuer.placeFor(member),
  preview(target, attributes, place) {
    const seconds = place?.rereadSeconds ?? 0
    return {
      effects: [
        `makes ${issuer.says(attributes)}, which a deny of the old one spares, and writes it into \`${target}\``,
        `service gap: none while the old one lives; consumers read the place anew within ${seconds} s, and one that has not when the old one dies stands still until it does, ${seconds} s at most`,
        ...(place?.says ?? []),
        place?.keepsBefore === true
          ? 'undo puts the version before back, which is dead by then if the plan ran to its end, and withdraws the successor'
          : 'no undo: the place keeps nothing of what it held, and consumers go on with the successor',
      ],
      reversible: place?.keepsBefore === true,
      undoWithinMs: null,
      residualMs: null,
      scopes: [...issuer.scopes, ...(place?.scopes ?? [])],
      proofs: ['read-back'],
    }
  },
  async apply(context, target): Promise<Applied> {
    const { holding } = await openPlace(issuer, context, target)
    const held = await holding.look()
    if (held.state === 'current') return { says: 'was written before', undoState: undoTo(held.before) }
    if (held.state === 'replaced') throw refused(target, 'has another version since the successor was written')
    const issuing = await openIssuer(issuer, context, target)
    await withdrawOrphan(issuing, target)
    const successor = await issuing.issue()
    try {
      await holding.write(successor)
    } catch (error) {
      // A refusal leaves nothing behind; after a lost answer the place is asked before anything is made anew.
      if (isFinal(error)) await issuing.withdraw()
      throw error
    }
    return { says: `written as ${successor.id}`, undoState: undoTo(held.version) }
  },
  async readBack(context, target) {
    const { holding } = await openPlace(issuer, context, target)
    return (await holding.look()).state === 'current' ? 'landed' : 'absent'
  },
  probe: {
    everyMs,
    withinMs,
    async run(context, target): Promise<Probed> {
      const { holding, authority, rereadMs } = await openPlace(issuer, context, target)
      const { state, changedMs } = await holding.look()
      if (state !== 'current') return { verdict: 'alive', says: 'the place holds something else by now' }
      const made = await (await openIssuer(issuer, context, target)).look()
      if (made === undefined) return { verdict: 'alive', says: 'the successor is not, or no longer, active' }
      if (made.isUsed) return dead({ authority }, `${made.id} is in place, and in use`)
      if (changedMs === undefined || context.clock.nowMs() < changedMs + rereadMs) {
        return { verdict: 'unknown', says: `${made.id} is in place; no consumer was seen to use it yet` }
      }
      return dead({ authority }, `${made.id} is in place since consumers last had to read it; no use is told of yet`)
    },
  },
  /** The successor first: whoever dies in between is seen by reading back, and comes again. */
  async undo(context, target, undoState) {
    const { holding } = await openPlace(issuer, context, target)
    if (holding.putBack === undefined) throw refused(target, 'keeps nothing of what it held before')
    const { state, version, before } = await holding.look()
    const back = undoState?.['version'] ?? before
    if (state !== 'current' && version !== back) throw refused(target, 'has another version by now')
    if (typeof back !== 'string') throw refused(target, 'had no version before')
    await (await openIssuer(issuer, context, target)).withdraw()
    if (state === 'current') await holding.putBack(back)
  },
})

const undoTo = (version: string | undefined): NonNullable<Applied['undoState']> => ({ version: version ?? null })

/** The token that stands for one action at a place: reading back sees it, and no value. */
export const tokenOf = (key: string): string => toHex(sha256(`successor ${key}`))

type Open = { holding: Holding; authority: string; rereadMs: number }

async function openPlace<Config>(
  issuer: Issuer<Config>,
  context: ActionContext<Config>,
  target: EntityId,
): Promise<Open> {
  const { place, isOwn, spared = [] } = context
  if (place === undefined) {
    throw new HandOverError('ERR_HAND_OVER_PLACE', `no source was lent that writes at \`${target}\``, {
      hint: 'name the place in the configuration of its source, and give that source a contain credential',
    })
  }
  const { holder, context: there } = place
  const known = holder.places(there.config, there.authority).find((one) => one.place === target)
  if (known === undefined) throw refused(target, 'is no place that the configuration of its source names')
  const isProtected = [...spared, ...(there.spared ?? [])].includes(target)
  if (isOwn(target) || there.isOwn(target) || isProtected) throw refused(target, "is Cordon's own, or break-glass")
  const unknown = known.takes.find((name) => !issuer.gives.includes(name))
  if (unknown !== undefined) throw refused(target, `takes \`${unknown}\`, which \`${issuer.verb}\` does not give`)
  const holding = await holder.open({ ...there, signal: context.signal }, target, tokenOf(context.key))
  return { holding, authority: there.authority, rereadMs: known.rereadSeconds * 1000 }
}

/** The issuer sees nothing of the place but its name. */
function openIssuer<Config>(issuer: Issuer<Config>, context: ActionContext<Config>, target: EntityId) {
  const { place: _, ...own } = context
  return issuer.open(own, target)
}

/** Issued before and never written: nobody knows its value. One that was used is somebody's, and the standby no standby. */
async function withdrawOrphan(issuing: Issuing, target: EntityId): Promise<void> {
  const left = await issuing.look()
  if (left?.isUsed === true) throw refused(target, `has a standby with a credential in use already: \`${left.id}\``)
  if (left !== undefined) await issuing.withdraw()
}

const isFinal = (error: unknown): boolean => error instanceof CordonError && !error.retryable

const refused = (target: EntityId, why: string): HandOverError =>
  new HandOverError('ERR_HAND_OVER_REFUSED', `\`${target}\` ${why}`, {
    hint: 'nothing was changed; hand over by hand, or mend the configuration',
  })
