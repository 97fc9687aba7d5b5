import { z } from 'zod'

import { ocsfEvent, type OcsfEvent } from '#model'

/** A message of the syslog intake, or a line of a text file: nobody said what it means, so it is kept as what it is. */
export const syslogLine = z.union([
  z.strictObject({
    syslog: z.object({
      severity: z.int().min(0).max(7),
      host: z.string().nullable(),
      app: z.string().nullable(),
      message: z.string(),
    }),
  }),
  z.strictObject({ message: z.string() }),
])

/** Severities of RFC 5424, 6.2.1, in OCSF's: emergency is fatal, alert and critical are critical, notice is informational. */
const severities = [6, 5, 5, 4, 3, 1, 1, 1] as const

export function lineEvent(line: z.infer<typeof syslogLine>, atMs: number, authority: string): OcsfEvent {
  if (!('syslog' in line))
    return ocsfEvent('base_event', 'other', atMs, { name: authority }, { message: line.message, activity_name: 'line' })
  const { severity, host, app, message } = line.syslog
  return ocsfEvent(
    'base_event',
    'other',
    atMs,
    { name: app ?? authority },
    {
      message,
      activity_name: 'syslog',
      severity_id: severities[severity],
      unmapped: host === null ? undefined : { host },
    },
  )
}
