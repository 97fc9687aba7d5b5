import type { ResponseOf } from '#api/contract'

export type Source = ResponseOf<'source.list'>['sources'][number]
export type Stream = Source['streams'][number]
/** How much it matters: `bad` needs a person now, `warn` when there is time. */
export type Tone = 'bad' | 'warn' | 'plain'
export type Standing = { word: string; tone: Tone; why: string | null }

/** What leaves Cordon blinds nobody. */
const reads = ({ kind }: Stream): boolean => kind !== 'output'

/**
 * When what happens now will be seen in all of a source. `nobody`: streams that fail or were never read, of which nobody
 * can say; `nothing`: it has no stream that reads.
 */
export type Blind = { is: 'until'; ms: number } | { is: 'nobody'; streams: readonly string[] } | { is: 'nothing' }

export function blindUntil(streams: readonly Stream[]): Blind {
  const reading = streams.filter(reads)
  if (reading.length === 0) return { is: 'nothing' }
  const unsaid = reading.filter(({ blindUntilMs }) => blindUntilMs === null).map(({ name }) => name)
  if (unsaid.length > 0) return { is: 'nobody', streams: unsaid }
  return { is: 'until', ms: Math.max(...reading.map(({ blindUntilMs }) => blindUntilMs ?? 0)) }
}

/** How a stream stands, worst first. */
export function streamStanding(stream: Stream): Standing {
  const { error, blind, progress, lastSuccessAtMs, kind } = stream
  if (error !== null) return { word: 'failing', tone: 'bad', why: error }
  if (blind.length > 0) return { word: 'partly blind', tone: 'warn', why: blind.map(({ says }) => says).join('; ') }
  if (progress !== null && reads(stream)) return { word: 'reading', tone: 'plain', why: progress }
  if (lastSuccessAtMs === null) {
    // What is uploaded leaves no time here: only that it may come.
    return kind === 'push'
      ? { word: 'listening', tone: 'plain', why: null }
      : { word: 'not read yet', tone: 'warn', why: null }
  }
  return { word: kind === 'output' ? 'sending' : 'well', tone: 'plain', why: progress }
}

const toneOrder = ['bad', 'warn', 'plain'] as const

/** How a source stands: by its worst stream, unless the whole of it is held up. */
export function sourceStanding({ id, state, streams }: Source): Standing {
  if (state === 'unchecked') {
    return { word: 'unchecked', tone: 'bad', why: `it was never reached: \`cordon source check ${id}\` says why` }
  }
  if (state !== 'active') return { word: state, tone: 'warn', why: null }
  const all = streams.map((stream) => ({ stream, standing: streamStanding(stream) }))
  const tone = toneOrder.find((tone) => all.some(({ standing }) => standing.tone === tone)) ?? 'plain'
  const worst = all.filter(({ standing }) => standing.tone === tone)
  const [first] = worst
  if (first === undefined) return { word: 'idle', tone: 'plain', why: 'it has no streams' }
  if (tone === 'plain') return { word: 'well', tone, why: null }
  const more = worst.length > 1 ? ` and ${worst.length - 1} more` : ''
  const why = first.standing.why === null ? '' : `: ${first.standing.why}`
  return { word: first.standing.word, tone, why: `${first.stream.name}${more}${why}` }
}

/** When any of it was last read, or last arrived. */
export function lastRead(streams: readonly Stream[]): number | null {
  const times = streams
    .filter(reads)
    .flatMap(({ lastSuccessAtMs }) => (lastSuccessAtMs === null ? [] : [lastSuccessAtMs]))
  return times.length === 0 ? null : Math.max(...times)
}

/** All that it cannot see: for want of rights now, and ever. */
export const cannotSee = ({ says, streams }: Source): string[] => [
  ...streams.flatMap(({ blind }) => blind.map((one) => one.says)),
  ...says,
]

/** Those that need somebody first, then by name. */
export const bySourceStanding = (a: Source, b: Source): number =>
  toneOrder.indexOf(sourceStanding(a).tone) - toneOrder.indexOf(sourceStanding(b).tone) || (a.id < b.id ? -1 : 1)
