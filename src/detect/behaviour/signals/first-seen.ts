import { features, type Feature } from '../act.ts'
import { days, isWarm, surprise, type SignalRule } from '../look.ts'
import type { SignalKind } from '../score.ts'

/** Points for each bit of surprise, and the most that one new value comes to. */
const weights: Readonly<Record<Exclude<Feature, 'recipient'>, { kind: SignalKind; perBit: number; max: number }>> = {
  network: { kind: 'origin', perBit: 7, max: 35 },
  country: { kind: 'origin', perBit: 9, max: 45 },
  agent: { kind: 'origin', perBit: 5, max: 25 },
  app: { kind: 'reach', perBit: 5, max: 25 },
  resource: { kind: 'reach', perBit: 4, max: 20 },
  tool: { kind: 'reach', perBit: 6, max: 30 },
}
/** Programs touch what they were made for: something else says more of them than of people. */
const machineTimes = 1.5
/** What its peers all do is hardly news: so much is taken off where all of them do. */
const peersTake = 0.8

/**
 * Something that this actor was never seen with: the rarer its days bring anything new, the more it means, so that whoever
 * sees new things every day is not told of for it. Network of a program: `new-network` speaks of that.
 */
export const firstSeen: SignalRule = (look, say) => {
  if (!isWarm(look)) return
  const { act, profile, isMachine } = look
  for (let at = 0; at < features.length; at++) {
    const feature = features[at]
    if (
      feature === undefined ||
      feature === 'recipient' ||
      (feature === 'network' && isMachine) ||
      !look.isNew(feature)
    )
      continue
    const { kind, perBit, max } = weights[feature]
    const newDays = profile.novel[at] ?? 0
    const share = look.peersKnow(feature)
    const times = (kind === 'reach' && isMachine ? machineTimes : 1) * (1 - share * peersTake)
    const points = Math.min(max, perBit * surprise(profile.active, newDays)) * times
    const reason =
      `first ${feature} \`${act.values[feature] ?? ''}\`: something new of this sort on ${newDays} of ${days(profile.active)}` +
      (share > 0 ? `; ${Math.round(share * 100)} % of its peers know it` : '')
    say({ name: `first-seen.${feature}`, kind, points, reason })
  }
}
