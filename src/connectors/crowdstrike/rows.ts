import { z } from 'zod'

/** What is of another kind than it was says nothing; only ids are refused for it. */
const text = z.string().max(512).nullish().catch(null)
/** To the hour: a host that is on would otherwise be another row each time it is read. */
const hour = z
  .string()
  .transform((at) => at.replace(/:\d{2}:\d{2}(?:\.\d+)?Z$/, ':00:00Z'))
  .nullish()
  .catch(null)

/** What is kept of a row. Who last signed in, addresses and policies are not. */
export const rowSchemas = {
  host: z.object({
    device_id: z.string(),
    cid: z.string(),
    hostname: text,
    platform_name: text,
    os_version: text,
    product_type_desc: text,
    agent_version: text,
    machine_domain: text,
    serial_number: text,
    system_manufacturer: text,
    instance_id: text,
    service_provider: text,
    status: text,
    reduced_functionality_mode: text,
    first_seen: text,
    last_seen: hour,
  }),
  user: z.object({
    uuid: z.string(),
    uid: text,
    email: text,
    // CrowdStrike's clients disagree about how its API spells these.
    first_name: text,
    firstName: text,
    last_name: text,
    lastName: text,
    status: text,
    created_at: text,
    last_login_at: text,
    roles: z.array(z.object({ role_id: z.string(), user_group_id: text })),
  }),
  client: z.object({ id: z.string(), isOwn: z.boolean() }),
} as const
export type RowKind = keyof typeof rowSchemas
export type Rows = { [Kind in RowKind]: z.infer<(typeof rowSchemas)[Kind]> }
