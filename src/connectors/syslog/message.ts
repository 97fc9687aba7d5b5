import type { OutputFeed, OutputRecord } from '#sources/contract'

/** RFC 5424, 6.2.1: `log audit`. */
const facility = 13
/** Of OCSF's `severity_id`: informational to critical. */
const severities: Readonly<Record<number, number>> = { 1: 6, 2: 5, 3: 4, 4: 3, 5: 2 }
const notice = 5

/**
 * One message of RFC 5424: the record is its MSG, as JSON. Without the byte order mark that MSG-UTF8 begins with, which
 * readers of JSON stumble over: so it is MSG-ANY.
 */
export function messageOf(hostname: string, feed: OutputFeed, { atMs, ocsf }: OutputRecord): Buffer {
  const { severity_id: id } = ocsf
  const priority = facility * 8 + ((typeof id === 'number' ? severities[id] : undefined) ?? notice)
  const time = new Date(atMs).toISOString()
  return Buffer.from(`<${priority}>1 ${time} ${hostname} cordon - ${feed} - ${JSON.stringify(ocsf)}`)
}

/** RFC 5425, 4.3: the length in octets, a space, the message. */
export const framed = (message: Buffer): Buffer => Buffer.concat([Buffer.from(`${message.length} `), message])
