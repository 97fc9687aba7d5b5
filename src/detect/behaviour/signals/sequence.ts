import { warmUp, type SignalRule } from '../look.ts'

const bitsMin = 10
const perBit = 2
const pointsMax = 20

/** One act after another as hardly anybody here does them. */
export const sequence: SignalRule = (look, say) => {
  const { act, profile } = look
  const stepBits = look.stepBits()
  if (stepBits === undefined || stepBits < bitsMin || profile.active < warmUp.stepDays) return
  const points = Math.min(pointsMax, perBit * (stepBits - bitsMin + 3))
  const reason = `\`${act.values.tool ?? ''}\` after \`${profile.lastTool ?? ''}\`: one in ${Math.round(2 ** stepBits).toLocaleString('en')} here`
  say({ name: 'sequence', kind: 'reach', points, reason })
}
