import { defineConnector, defineOutput, tellsNothing, type OutputRecord, type PullContext } from '#sources/contract'

import { call, codes, post, refuseUnlessTaken } from './collector.ts'
import { splunkConfig, type SplunkConfig } from './config.ts'

export { splunkOrigins, type SplunkConfig } from './config.ts'

const secondMs = 1_000

/** Events one behind the other, as the collector takes them; not a list. */
export const eventsOf = (
  { index, sourcetype }: Pick<SplunkConfig, 'index' | 'sourcetype'>,
  feed: string,
  records: readonly OutputRecord[],
): string =>
  records
    .map(({ atMs, ocsf }) =>
      JSON.stringify({
        time: atMs / secondMs,
        source: `cordon:${feed}`,
        sourcetype,
        ...(index === undefined ? {} : { index }),
        event: ocsf,
      }),
    )
    .join('\n')

const output = defineOutput<SplunkConfig>({
  everyMs: 5_000,
  // The collector's own bound is 1 MB of a request by default (`max_content_length` in limits.conf of older versions).
  batch: { recordsMax: 500, bytesMax: 750_000 },
  settings: ({ sends, from, entities }) => ({ sends, from, entities }),
  deliver: (context, { feed, records }) => post(context, eventsOf(context.config, feed, records)),
})

/** Findings and receipts into Splunk, over its HTTP Event Collector. */
export const splunkConnector = defineConnector<SplunkConfig>({
  id: 'splunk',
  version: 1,
  title: 'Splunk (HTTP Event Collector)',
  config: splunkConfig,
  example: splunkConfig.parse({ url: 'https://splunk.example.com:8088', index: 'cordon' }),
  secrets: { see: ['token'], contain: [] },
  auth: () => ({ default: { kind: 'static', secret: 'token', scheme: 'Splunk' } }),
  trusts: ({ ca }) => ca,
  ...tellsNothing,
  output,
  role: ({ index, acknowledged, sourcetype }, use) =>
    use === 'contain'
      ? undefined
      : {
          scopes: [{ name: 'hec.write', why: 'hand in findings and receipts; it reads nothing' }],
          text: [
            'Settings > Data inputs > HTTP Event Collector > New Token',
            `indexer acknowledgement: ${acknowledged ? 'on' : 'off'}`,
            `allowed index: ${index ?? 'the one these events are for'} alone; source type: ${sourcetype}`,
          ],
          json: {
            name: 'cordon',
            useACK: acknowledged,
            sourcetype,
            ...(index === undefined ? {} : { index, indexes: [index] }),
          },
        },
  async check(context) {
    const missing = await lacking(context)
    const { url, acknowledged } = context.config
    return {
      authority: new URL(url).host,
      missing,
      excess: [],
      says: [`the collector takes the token${acknowledged ? ', and acknowledges what is written' : ''}`],
    }
  },
})

/** Nothing is written: an empty request with a good token is answered "No data". */
async function lacking(context: PullContext<SplunkConfig>): Promise<string[]> {
  const empty = await call(context, '/services/collector/event', '')
  if (empty.code !== codes.noData) refuseUnlessTaken(empty)
  if (!context.config.acknowledged) return []
  const asked = await call(context, '/services/collector/ack', JSON.stringify({ acks: [0] }))
  return asked.code === codes.ackDisabled || asked.status !== 200
    ? ['indexer acknowledgement is off for this token: nothing can be sent with `acknowledged`']
    : []
}
