import { features } from '../act.ts'
import { days, surprise, type SignalRule } from '../look.ts'

const recipientAt = features.indexOf('recipient')
const perBit = 6
const recipientMax = 30
const peersTake = 0.8

/** Something goes to a mail domain that is not the actor's own, and to which nothing of theirs ever went. */
export const recipient: SignalRule = (look, say) => {
  const { act, profile } = look
  const to = act.values.recipient
  if (to === undefined || !look.isNew('recipient')) return
  const newDays = profile.novel[recipientAt] ?? 0
  const points = Math.min(recipientMax, 10 + perBit * surprise(profile.active, newDays))
  const share = look.peersKnow('recipient')
  const reason = `first given to outside domain \`${to}\`: such on ${newDays} of ${days(profile.active)}`
  say({ name: 'external-recipient', kind: 'outflow', points: points * (1 - share * peersTake), reason })
}
