import { z } from 'zod'

import { CordonError } from '#kit'
import { secureUrl } from '#sources/contract'

export class GoogleError extends CordonError<'ERR_GOOGLE_TARGET' | 'ERR_GOOGLE_REFUSED' | 'ERR_GOOGLE_NEEDS'> {}

const baseUrl = secureUrl.transform((text) => text.replace(/\/+$/, ''))

const serviceAccount = z.strictObject({
  /** `name@project.iam.gserviceaccount.com`: who signs. */
  serviceAccount: z.email(),
  /** The numeric id of the service account's OAuth client, to which the domain-wide delegation was given. */
  clientId: z.string().regex(/^\d{6,30}$/, 'the numeric OAuth client id of the service account'),
  /** Administrator in whose name it asks; what this one may not do, Cordon may not. */
  subject: z.email(),
})
export type ServiceAccount = z.infer<typeof serviceAccount>

export const googleConfig = z.strictObject({
  /** Looks; its key is the secret `key`. */
  see: serviceAccount,
  /** Acts, with a key of its own; absent: this source can only look. */
  contain: serviceAccount.optional(),
  /** Read shared drives and who may enter them. Needs `drive.readonly`, which reads the subject's own files, too. */
  sharedDrives: z.boolean().default(false),
  /** Take links to files away and put them back. Needs `drive`, with which the key opens every file of every user. */
  links: z.boolean().default(false),
  /** Read what people and apps do with mail: each message that is opened is an event. */
  mail: z.boolean().default(false),
  apiUrl: baseUrl.default('https://admin.googleapis.com'),
  driveUrl: baseUrl.default('https://www.googleapis.com'),
  tokenUrl: baseUrl.default('https://oauth2.googleapis.com/token'),
})
export type GoogleConfig = z.infer<typeof googleConfig>

/** Origins that this source's `Http` must allow. */
export const googleOrigins = ({ apiUrl, driveUrl, tokenUrl, sharedDrives, links }: GoogleConfig): string[] => [
  ...new Set([apiUrl, tokenUrl, ...(sharedDrives || links ? [driveUrl] : [])].map((url) => new URL(url).origin)),
]

/** Cordon's own clients, and the administrators it borrows. */
export const ownClients = ({ see, contain }: GoogleConfig): string[] =>
  contain === undefined ? [see.clientId] : [...new Set([see.clientId, contain.clientId])]
export const ownSubjects = ({ see, contain }: GoogleConfig): string[] =>
  [...new Set([see.subject, ...(contain === undefined ? [] : [contain.subject])])].map((text) => text.toLowerCase())
