import { z } from 'zod'

/** CloudTrail record contents ("CloudTrail record contents", User Guide), as far as Cordon reads them. */
const text = z.string().optional().catch(undefined)
const record = z.record(z.string(), z.unknown()).nullish().catch(undefined)

export const trailEvent = z.object({
  eventID: z.string().min(1),
  eventName: z.string().min(1),
  eventSource: z.string().min(1),
  eventTime: z.string(),
  eventVersion: text,
  eventType: text,
  awsRegion: text,
  sourceIPAddress: text,
  userAgent: text,
  requestID: text,
  errorCode: text,
  errorMessage: text,
  recipientAccountId: text,
  invokedBy: text,
  readOnly: z.boolean().optional().catch(undefined),
  userIdentity: z
    .object({
      type: text,
      principalId: text,
      arn: text,
      accountId: text,
      accessKeyId: text,
      userName: text,
      invokedBy: text,
      identityProvider: text,
      sessionContext: z
        .object({
          sessionIssuer: z
            .object({ type: text, principalId: text, arn: text, accountId: text, userName: text })
            .optional()
            .catch(undefined),
          attributes: z.object({ creationDate: text, mfaAuthenticated: text }).optional().catch(undefined),
        })
        .optional()
        .catch(undefined),
    })
    .optional()
    .catch(undefined),
  requestParameters: record,
  responseElements: record,
  additionalEventData: record,
  resources: z
    .array(z.object({ ARN: text, type: text, accountId: text }))
    .nullish()
    .catch(undefined),
})
export type TrailEvent = z.infer<typeof trailEvent>
