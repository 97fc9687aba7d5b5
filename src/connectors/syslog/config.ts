import { z } from 'zod'

import { outputSettings } from '#sources/contract'

const hostName = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])$/

export const syslogConfig = z.strictObject({
  /** A host name or an address; one of IPv6 in brackets. Its certificate must be for it. */
  host: z.string().regex(hostName, 'a host name or an address'),
  /** 6514 is the port of RFC 5425. */
  port: z.coerce.number().int().min(1).max(65_535).default(6514),
  /** PEM of the authority that signed the receiver's certificate; absent: those that everybody trusts. */
  ca: z.string().startsWith('-----BEGIN CERTIFICATE-----').max(65_536).optional(),
  /** HOSTNAME of each message: what this Cordon is called. */
  hostname: z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'printable, without spaces')
    .default('cordon'),
  /** What the receiver takes of one message; a longer one is left out, and said. RFC 5425 asks for 8192 at least. */
  messageBytesMax: z.coerce.number().int().min(2_048).max(1_048_576).default(65_536),
  ...outputSettings,
})
export type SyslogConfig = z.output<typeof syslogConfig>
