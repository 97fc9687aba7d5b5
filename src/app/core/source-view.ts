import type { Clock } from '#kit'
import type { SourceDesk } from '#api'
import type { Source } from '#sources'
import { isStreamOn, outputStream, questionsStream, tasksStream } from '#sources/contract'

import type { Registered } from '../connectors.ts'
import type { StreamHealth } from '../socket.ts'
import type { IntakeDesk } from './intake-desk.ts'
import type { Outputs } from './output-desk.ts'

export type SourceView = ReturnType<SourceDesk['list']>[number]

/** A source as people see it: what hands tells of the streams it pulls, and core of those it receives itself. */
export const createSourceView =
  (parts: {
    registered: (connector: string) => Registered
    health: ReadonlyMap<string, StreamHealth>
    intake: Pick<IntakeDesk, 'tallyOf'>
    outputs: Pick<Outputs, 'tally'> | undefined
    openGaps: (source: string) => number
    /** When something last came for a stream that is pushed to us. */
    lastDelivery: (source: string, stream: string) => number | null
    unknown: (source: string) => SourceView['unknown']
    clock: Clock
  }) =>
  (source: Source): SourceView => {
    const { health, clock } = parts
    /** What leaves stands beside what is read. "Until" when something told now will have gone. */
    const outputsOf = (
      { id }: Source,
      { output, tracker, asker }: Registered['connector'],
      config: unknown,
    ): SourceView['streams'] => {
      const leaving = (name: string, everyMs: number, tally: ReturnType<Outputs['tally']> | undefined) => {
        const seen = health.get(`${id}/${name}`)
        const { lastSuccessAtMs = null, error = null } = seen ?? {}
        const isWell = error === null && lastSuccessAtMs !== null
        return {
          name,
          kind: 'output',
          lastSuccessAtMs,
          blindUntilMs: isWell ? clock.nowMs() + everyMs : null,
          error,
          blind: [],
          progress: tally === undefined ? (seen?.progress ?? null) : `${tally.sent} sent, ${tally.waiting} wait`,
          lastEventAtMs: null,
          refused: tally?.refused ?? [],
        }
      }
      const feeds = output?.settings(config).sends ?? []
      return [
        ...feeds.map((feed) => leaving(outputStream(feed), output?.everyMs ?? 0, parts.outputs?.tally(id, feed))),
        ...(tracker === undefined ? [] : [leaving(tasksStream, tracker.everyMs, undefined)]),
        ...(asker === undefined ? [] : [leaving(questionsStream, asker.everyMs, undefined)]),
      ]
    }
    const { connector, actions } = parts.registered(source.connector)
    const nowMs = parts.clock.nowMs()
    const config: unknown = connector.config.parse(source.config)
    return {
      id: source.id,
      connector: source.connector,
      authority: source.authority,
      state: source.authority === null ? 'unchecked' : source.state,
      trust: source.trust === 'person' ? 'vendor' : source.trust,
      canContain: source.sealedContain !== null || actions.length > 0,
      says: connector.coverage(config).blind,
      openGaps: parts.openGaps(source.id),
      unknown: parts.unknown(source.id),
      streams: [
        ...outputsOf(source, connector, config),
        ...connector.streams.flatMap((stream) => {
          if (!isStreamOn(stream, config)) return []
          const { name, kind, delayMs } = stream
          const seen = parts.health.get(`${source.id}/${name}`)
          const tally = kind === 'push' ? parts.intake.tallyOf(source.id, name) : undefined
          const came = kind === 'push' ? (tally?.lastEventAtMs ?? parts.lastDelivery(source.id, name)) : null
          const lastSuccessAtMs = seen?.lastSuccessAtMs ?? came
          const error = seen?.error ?? tally?.fault ?? null
          const isWell = error === null && (kind === 'push' || lastSuccessAtMs !== null)
          return {
            name,
            kind,
            lastSuccessAtMs,
            blindUntilMs: isWell ? nowMs + delayMs.typical : null,
            error,
            blind: (seen?.blind ?? []).map(({ of, says, untold = stream.tells ?? [] }) => ({
              of,
              says,
              untold: [...untold],
            })),
            progress: seen?.progress ?? null,
            lastEventAtMs: came ?? seen?.lastEventAtMs ?? null,
            refused: tally?.refused() ?? seen?.refused ?? [],
          }
        }),
      ],
    }
  }
