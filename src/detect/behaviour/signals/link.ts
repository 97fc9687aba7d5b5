import type { SignalRule } from '../look.ts'

const points = 25

/** Whoever has the link may open it now. A signal for whoever hardly shares at all, and told with what they open besides. */
export const link: SignalRule = ({ act }, say) => {
  if (!act.widened) return
  say({ name: 'link-widened', kind: 'outflow', points, reason: 'opened something to whoever has the link' })
}
