import { z } from 'zod'

const text = z.string().nullish()

const plain = {
  name: z.string(),
  value: text,
  intValue: z.union([z.string(), z.number()]).nullish(),
  boolValue: z.boolean().nullish(),
  multiValue: z.array(z.string()).nullish(),
  multiIntValue: z.array(z.union([z.string(), z.number()])).nullish(),
}
type Parameter = z.infer<z.ZodObject<typeof plain>> & {
  messageValue?: Message | null | undefined
  multiMessageValue?: Message[] | null | undefined
}
type Message = { parameter: Parameter[] }
/** Gmail's parameters hold parameters. */
const parameter: z.ZodType<Parameter> = z.lazy(() =>
  z.object({
    ...plain,
    messageValue: message.nullish().catch(null),
    multiMessageValue: z.array(message).nullish().catch(null),
  }),
)
const message: z.ZodType<Message> = z.lazy(() => z.object({ parameter: z.array(parameter).default([]) }))
export const activityEvent = z.object({
  type: text,
  name: z.string(),
  parameters: z.array(parameter).nullish().catch(null),
})
export type ActivityEvent = z.infer<typeof activityEvent>

/** One activity of the Reports API, as far as it is understood; it may hold several events. */
export const activityRow = z.object({
  id: z.object({ time: text, uniqueQualifier: text, applicationName: z.string(), customerId: text }),
  actor: z
    .object({
      callerType: text,
      email: text,
      profileId: text,
      key: text,
      applicationInfo: z
        .object({ oauthClientId: text, applicationName: text, impersonation: z.boolean().nullish() })
        .nullish()
        .catch(null),
    })
    .nullish()
    .catch(null),
  ipAddress: text.catch(null),
  events: z.array(activityEvent),
  /** Set by Cordon: whom the addresses in it meant when it was read. */
  resolved: z.record(z.string(), z.string().nullable()).optional(),
})
export type ActivityRow = z.infer<typeof activityRow>

/** Parameters by name: text, lists of texts, and numbers and truth as text; those inside others as `outer.inner`. */
export type Parameters = ReadonlyMap<string, readonly string[]>
export function parametersOf({ parameters }: ActivityEvent): Parameters {
  const held = new Map<string, readonly string[]>()
  const take = (list: readonly Parameter[], outer: string): void => {
    for (const { name: inner, value, intValue, boolValue, multiValue, multiIntValue, ...inside } of list) {
      const name = `${outer}${inner}`
      const one = value ?? intValue ?? boolValue
      const said = one === undefined || one === null ? (multiValue ?? multiIntValue ?? []).map(String) : [String(one)]
      held.set(name, outer === '' ? said : [...(held.get(name) ?? []), ...said])
      const { messageValue, multiMessageValue } = inside
      for (const one of [...(messageValue ? [messageValue] : []), ...(multiMessageValue ?? [])])
        take(one.parameter, `${name}.`)
    }
  }
  take(parameters ?? [], '')
  return held
}
export function one(parameters: Parameters, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = parameters.get(name)?.find((text) => text !== '')
    if (found !== undefined) return found
  }
  return undefined
}
/** A list, or one text with commas in it, as Google has it. */
export const many = (parameters: Parameters, name: string): string[] =>
  (parameters.get(name) ?? []).flatMap((text) => text.split(/[\s,]+/)).filter(Boolean)

/** Google's stand-in for an actor that has no profile. */
const noProfile = '105250506097979753968'
export const profileOf = ({ actor }: ActivityRow): string | undefined => {
  const id = actor?.profileId
  return id !== null && id !== undefined && /^\d{5,30}$/.test(id) && id !== noProfile ? id : undefined
}

/** Who did something to the mail of somebody else who let them. */
export const delegateName = 'event_info.client_context.session_context.delegate_user_email'
/** Parameters that name people and groups by address. */
const addressParameters = [
  'USER_EMAIL',
  'GROUP_EMAIL',
  'group_email',
  'group_id',
  'member_id',
  'user_email',
  delegateName,
]
/** Of files whose every reading is told, the owner is asked for only where who may open them changes. */
const ownerEvents: ReadonlySet<string> = new Set(['change_document_visibility', 'change_document_access_scope'])
export const addressesIn = (row: ActivityRow): string[] =>
  row.events.flatMap((event) => {
    const parameters = parametersOf(event)
    const names = ownerEvents.has(event.name) ? ['owner'] : addressParameters
    return names.flatMap((name) => parameters.get(name) ?? [])
  })
