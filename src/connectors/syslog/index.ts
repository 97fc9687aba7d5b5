import { defineConnector, defineOutput, RecordRefused, tellsNothing } from '#sources/contract'

import { syslogConfig, type SyslogConfig } from './config.ts'
import { framed, messageOf } from './message.ts'
import { sendOver } from './send.ts'

export type { SyslogConfig } from './config.ts'

const output = defineOutput<SyslogConfig>({
  everyMs: 5_000,
  batch: { recordsMax: 500, bytesMax: 1_000_000 },
  settings: ({ sends, from, entities }) => ({ sends, from, entities }),
  async deliver(context, { feed, records }) {
    const { hostname, messageBytesMax } = context.config
    const messages = records.map((record) => messageOf(hostname, feed, record))
    // Found before anything is sent, so that the others of the batch do not go twice.
    if (messages.some(({ length }) => length > messageBytesMax))
      throw new RecordRefused(`longer than ${messageBytesMax} bytes (\`messageBytesMax\`)`)
    await sendOver(context, Buffer.concat(messages.map(framed)))
  },
})

/** Findings and receipts as syslog messages over TLS (RFC 5424, RFC 5425). */
export const syslogConnector = defineConnector<SyslogConfig>({
  id: 'syslog',
  version: 1,
  title: 'Syslog over TLS (RFC 5424)',
  config: syslogConfig,
  example: syslogConfig.parse({ host: 'syslog.example.com' }),
  secrets: { see: ['clientIdentity'], contain: [] },
  ...tellsNothing,
  output,
  role: (_, use) =>
    use === 'contain'
      ? undefined
      : {
          scopes: [{ name: 'syslog.send', why: 'hand in findings and receipts; nothing can be read' }],
          text: [
            'where the receiver asks for certificates: one of its own for Cordon, certificate and key as PEM in one file',
          ],
          json: null,
        },
  async check(context) {
    await sendOver(context, new Uint8Array())
    const { host, port } = context.config
    return {
      authority: `${host}:${port}`,
      missing: [],
      excess: [],
      says: ['a connection was opened and closed; nothing was sent'],
    }
  },
})
