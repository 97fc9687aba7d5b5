/** `day` and `night`: people's shifts; `machine`: by the clock, always; `nightly`: a program's run in the small hours. */
export type Rhythm = 'day' | 'night' | 'machine' | 'nightly'

/** Work of a person in each hour of their day, as a share of full work. */
const dayHours = [0, 0, 0, 0, 0, 0, 0.05, 0.3, 0.8, 1, 1, 0.9, 0.5, 0.8, 1, 1, 0.9, 0.6, 0.25, 0.1, 0.08, 0.05, 0.02, 0]
const nightHours = dayHours.map((_, hour) => dayHours[(hour + 12) % 24] ?? 0)
/** Through the year: quiet in August and at its end, busy before. */
const months = [0.95, 1, 1.05, 1.05, 1, 1, 0.9, 0.75, 1.05, 1.1, 1.1, 0.7]
const weekend = 0.15

/** How busy it is at a time of a place, given as if that place's clock were UTC. */
export function busy(rhythm: Rhythm, localMs: number): number {
  if (rhythm === 'machine') return 1
  const local = new Date(localMs)
  if (rhythm === 'nightly') return local.getUTCHours() >= 1 && local.getUTCHours() < 4 ? 1 : 0
  const day = local.getUTCDay()
  const share = (rhythm === 'day' ? dayHours : nightHours)[local.getUTCHours()] ?? 0
  return share * (months[local.getUTCMonth()] ?? 1) * (day === 0 || day === 6 ? weekend : 1)
}
