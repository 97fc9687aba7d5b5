import { CordonError, type Clock, type Diagnose } from '#kit'
import { isStreamOn, type Delivery, type StreamEvent } from '#sources/contract'

import type { SourceRecord } from '../socket.ts'
import type { Opener } from './open.ts'

/** The sender waits for the answer: a key set that takes longer is no answer, and it comes again. */
const acceptMs = 10_000

/** What a vendor sent to us by itself, read by its connector; throws for what is not the vendor's word. */
export async function acceptDelivery(
  source: SourceRecord,
  name: string,
  delivery: Delivery,
  parts: Pick<Opener, 'open' | 'secretsOf'> & { clock: Clock; diagnose: Diagnose },
): Promise<StreamEvent[]> {
  const { connector, config, http } = parts.open(source, 'see')
  const stream = connector.streams.find((one) => one.name === name)
  if (stream === undefined || !('accept' in stream) || stream.accept === undefined || !isStreamOn(stream, config)) {
    throw new CordonError('ERR_SOURCE_PUSH', `\`${source.id}\` takes no signed deliveries`, {
      hint: 'they go to a source of the connector `ssf`',
    })
  }
  const { clock, diagnose } = parts
  const signal = AbortSignal.timeout(acceptMs)
  return stream.accept({ config, see: parts.secretsOf(source, 'see'), http, clock, signal, diagnose }, delivery)
}
