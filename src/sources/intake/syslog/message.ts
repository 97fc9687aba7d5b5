import { parseTimeMs, type JsonObject } from '#kit'

/** RFC 5424, 6. Absent values (`-`) are null; times are the sender's own text. */
export type SyslogMessage = {
  facility: number
  severity: number
  timestamp: string | null
  host: string | null
  app: string | null
  process: string | null
  messageId: string | null
  data: JsonObject
  message: string
}
/** `column` is 1-based, in UTF-16 units. */
export type SyslogFault = { reason: string; column: number }

const priorityMax = 191
const dataElementsMax = 64
const dataParametersMax = 256

/** Header, structured data, then the message to the end. */
export function readSyslog(bytes: Uint8Array): SyslogMessage | SyslogFault {
  const text = Buffer.from(bytes).toString('utf8')
  const priority = /^<(0|[1-9]\d{0,2})>/.exec(text)
  if (priority === null || Number(priority[1]) > priorityMax)
    return { reason: 'no priority stands in front', column: 1 }
  const version = /^[1-9]\d{0,2} /.exec(text.slice(priority[0].length))
  const versionAt = priority[0].length
  if (version?.[0] !== '1 ')
    return { reason: 'it is no RFC 5424 message: the version after the priority is not 1', column: versionAt + 1 }
  let at = versionAt + 2
  const fields: (string | null)[] = []
  for (const max of headerCharsMax) {
    const end = text.indexOf(' ', at)
    const field = text.slice(at, end)
    if (end === -1 || field.length > max || !/^[\x21-\x7e]+$/.test(field))
      return { reason: 'a field of the header is missing, too long or not printable ASCII', column: at + 1 }
    fields.push(field === '-' ? null : field)
    at = end + 1
  }
  const [timestamp = null, host = null, app = null, process = null, messageId = null] = fields
  if (timestamp !== null && (!/T.*(?:Z|[+-]\d\d:\d\d)$/.test(timestamp) || parseTimeMs(timestamp) === undefined))
    return { reason: 'its time is not RFC 3339', column: versionAt + 3 }
  const data = readData(text, at)
  if ('reason' in data) return data
  if (data.end < text.length && text[data.end] !== ' ')
    return { reason: 'no space stands behind the structured data', column: data.end + 1 }
  const message = text.slice(data.end + 1).replace(/^\ufeff/, '')
  const [facility, severity] = [Number(priority[1]) >> 3, Number(priority[1]) & 7]
  return { facility, severity, timestamp, host, app, process, messageId, data: data.elements, message }
}

/** TIMESTAMP, HOSTNAME, APP-NAME, PROCID, MSGID. */
const headerCharsMax = [64, 255, 48, 128, 32]

const name = String.raw`[!#-<>-\\^-~]{1,32}`
const element = new RegExp(String.raw`\[(${name})((?: ${name}="(?:[^"\\\]]|\\.)*")*)\]`, 'sy')
const parameter = new RegExp(String.raw` (${name})="((?:[^"\\\]]|\\.)*)"`, 'gs')

function readData(text: string, from: number): { elements: JsonObject; end: number } | SyslogFault {
  if (text[from] === '-') return { elements: {}, end: from + 1 }
  const elements = new Map<string, JsonObject>()
  let at = from
  let parameters = 0
  while (text[at] === '[') {
    element.lastIndex = at
    const found = element.exec(text)
    if (found === null || elements.size >= dataElementsMax) break
    const values = new Map<string, string>()
    for (const [, key = '', value = ''] of (found[2] ?? '').matchAll(parameter)) {
      if (++parameters > dataParametersMax) return { reason: 'too many values in the structured data', column: at + 1 }
      values.set(key, value.replace(/\\(["\\\]])/g, '$1'))
    }
    elements.set(found[1] ?? '', Object.fromEntries(values))
    at = element.lastIndex
  }
  if (elements.size === 0 || text[at] === '[') return { reason: 'the structured data is broken', column: at + 1 }
  return { elements: Object.fromEntries(elements), end: at }
}
