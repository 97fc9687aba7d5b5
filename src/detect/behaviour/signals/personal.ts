import type { SignalRule } from '../look.ts'

const points = 25

/** An account, or a recipient, at a provider where anybody has a mailbox. */
export const personal: SignalRule = (look, say) => {
  const { act } = look
  if (!act.personal || (act.values.recipient !== undefined && !look.isNew('recipient'))) return
  say({ name: 'personal-account', kind: 'outflow', points, reason: 'a mailbox of a public provider takes part' })
}
