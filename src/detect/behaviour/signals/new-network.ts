import { days, isWarm, surprise, type SignalRule } from '../look.ts'

const perBit = 14
const pointsMax = 65

/**
 * A key, token, app or service at a network it was never used from. People travel; a program runs where it was put, so this
 * is what a stolen credential looks like. One that moves by itself (a build on rented machines) takes its weight away.
 */
export const newNetwork: SignalRule = (look, say) => {
  const { act, profile, isMachine } = look
  if (!isMachine || !isWarm(look) || !look.isNew('network')) return
  const newDays = profile.novel[0] ?? 0
  const points = Math.min(pointsMax, perBit * surprise(profile.active, newDays))
  const reason = `a program's access from network \`${act.values.network ?? ''}\`, where it was never used: new networks on ${newDays} of ${days(profile.active)}`
  say({ name: 'new-network', kind: 'origin', points, reason })
}
