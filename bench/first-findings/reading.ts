import { silentDiagnose } from '#kit'
import { defaultTenant } from '#model'
import type { Coverage } from '#posture'
import { pullJobs, startRunner } from '#sources'
import { isStreamOn } from '#sources/contract'

import type { SourceSetup } from '../../lab/estate/truth.ts'
import type { Cordon } from '../../test/conformance/estate/cordon.ts'
import { openSource } from '../../test/conformance/estate/source.ts'
import type { FieldClock } from './field-clock.ts'

/** The product's own runner over some sources, from the moment they are added, into an estate. */
export async function startReading(
  cordon: Cordon,
  setups: readonly SourceSetup[],
  clock: FieldClock,
  /** Sources that need the authorities of those before. */
  then: () => SourceSetup[] = () => [],
) {
  const opened = new Map<string, { setup: SourceSetup; source: ReturnType<typeof openSource> }>()
  const cursors = new Map<string, string>()
  let pages = 0
  const runner = startRunner({
    clock,
    diagnose: silentDiagnose,
    unit: () => 0.5,
    cursor: (_, source, stream) => Promise.resolve(cursors.get(`${source} ${stream}`) ?? null),
    async append({ source, stream, events, cursor }) {
      const setup = opened.get(source)?.setup
      if (setup === undefined) throw new Error(`no source \`${source}\``)
      pages++
      await cordon.take(setup, stream, events)
      if (cursor !== null) cursors.set(`${source} ${stream}`, cursor)
    },
  })
  const add = async (setup: SourceSetup): Promise<void> => {
    const source = openSource(setup, clock, { wire: clock.wire })
    opened.set(setup.connector, { setup, source })
    await cordon.add(setup, await source.authorityOf())
  }
  const adding = Promise.all(setups.map(add)).then(() => Promise.all(then().map(add)))
  let isAdded = false
  void adding.then(() => (isAdded = true))
  await clock.run(() => isAdded)
  await adding
  runner.set(
    [...opened].flatMap(([id, { setup, source }]) =>
      pullJobs(source.entry.connector, {
        tenant: defaultTenant,
        source: id,
        revision: 1,
        config: setup.config,
        http: source.httpFor('see'),
        clock,
        diagnose: silentDiagnose,
        see: () => setup.see,
      }),
    ),
  )

  const healthOf = (source: string, stream: string) =>
    runner.health().find((one) => one.source === source && one.stream === stream)
  return {
    runner,
    pages: () => pages,
    /** Streams that came whole at least once. */
    whole: () =>
      runner
        .health()
        .flatMap(({ source, stream, lastSuccessAtMs: at }) => (at === null ? [] : [`${source} ${stream}`])),
    /** Each list came whole once; logs go on for ever. */
    isListed: () =>
      [...opened].every(
        ([
          id,
          {
            source: { entry, config },
          },
        ]) =>
          entry.connector.streams.every(
            (stream) =>
              stream.kind !== 'snapshot' ||
              !isStreamOn(stream, config) ||
              healthOf(id, stream.name)?.lastSuccessAtMs != null,
          ),
      ),
    failing: () =>
      runner
        .health()
        .flatMap(({ source, stream, error }) => (error === null ? [] : [`${source} ${stream}: ${error.message}`])),
    coverage: (): Coverage =>
      [...opened].flatMap(
        ([
          source,
          {
            source: { entry, config },
          },
        ]) =>
          entry.connector.streams
            .filter((stream) => isStreamOn(stream, config))
            .map(({ name: stream, tells: topics = [] }) => ({
              source,
              authority: cordon.authorities.get(source) ?? '',
              stream,
              topics,
              isRead: healthOf(source, stream)?.lastSuccessAtMs != null,
            })),
      ),
  }
}
