import { z } from 'zod'

import { assert } from '#kit'
import {
  isStreamOn,
  type Checked,
  type Connector,
  type Coverage,
  type PullContext,
  type Role,
  type Stream,
} from '#sources/contract'

import { intakeSchema, type Intake, type IntakeKind } from './config.ts'
import type { Configured, IntakeParts, KnownRecords } from './way.ts'
import { wayOf, ways } from './ways.ts'

export type WithIntake<Config> = Config & Configured

export type IntakeOptions = {
  stream: string
  kinds: readonly IntakeKind[]
  parts: IntakeParts
  known?: KnownRecords
}

/**
 * A connector whose records may also come by an intake: `intake` in the configuration says how the bytes arrive, and the
 * connector, which knows nothing of it, what they mean. The records run under the connector's own `stream`.
 */
export function withIntake<Config extends object>(
  connector: Connector<Config>,
  { stream, kinds, parts, known = {} }: IntakeOptions,
): Connector<WithIntake<Config>> {
  const own = connector.streams.find(({ name }) => name === stream)
  const { limits = {} } = connector
  const budgets = kinds.flatMap((kind) => ways[kind].budgets ?? [])
  const secrets = [...new Set(kinds.flatMap((kind) => ways[kind].secrets))]
  assert(own !== undefined, `${connector.id} has the stream ${stream}`)
  assert(!connector.secrets.see.some((name) => secrets.includes(name)), `${connector.id} has its own names of secrets`)
  return {
    ...connector,
    config: withIntakeConfig(connector, kinds),
    secrets: { ...connector.secrets, see: [...connector.secrets.see, ...secrets] },
    streams: [
      ...connector.streams.map((one) => (one === own ? handedIn(one) : one)),
      ...kinds.flatMap((kind) => {
        const { covers = [], sigma, sorts } = own
        const shape = { ...(sigma === undefined ? {} : { sigma }), ...(sorts === undefined ? {} : { sorts }) }
        return (ways[kind].streams?.(stream, parts, known) ?? []).map((fetched) => ({
          ...fetched,
          ...shape,
          covers,
          intake: kind,
          isOn: (config: Configured) => config.intake?.kind === kind && isStreamOn(fetched, config),
        }))
      }),
    ],
    limits: { ...limits, budgets: [...(limits.budgets ?? []), ...budgets] },
    role: (config, use) => withRole(connector.role?.(config, use), use === 'see' ? config.intake : undefined),
    coverage: (config) => withBlind(connector.coverage(config), config.intake),
    check: async (context) => withFound(await connector.check(context), context, parts),
  }
}

/** The connector's own schema sees no intake, and its faults keep their places. */
const withIntakeConfig = <Config extends object>(
  connector: Connector<Config>,
  kinds: readonly IntakeKind[],
): z.ZodType<WithIntake<Config>> =>
  z
    .looseObject({
      intake: intakeSchema
        .refine(({ kind }) => kinds.includes(kind), `this connector takes ${kinds.join(', ')}`)
        .optional(),
    })
    .transform(({ intake, ...rest }, context): WithIntake<Config> => {
      const read = connector.config.safeParse(rest)
      if (read.success) return intake === undefined ? read.data : { ...read.data, intake }
      for (const { message, path } of read.error.issues) context.addIssue({ code: 'custom', message, path: [...path] })
      return z.NEVER
    })

/** Where records are fetched, nobody hands them in: one stream, one way. */
const handedIn = <Config>(stream: Stream<Config>): Stream<WithIntake<Config>> => ({
  ...stream,
  isOn: (config) =>
    (config.intake === undefined || ways[config.intake.kind].streams === undefined) && isStreamOn(stream, config),
})

const withBlind = (coverage: Coverage, intake: Intake | undefined): Coverage =>
  intake === undefined ? coverage : { ...coverage, blind: [...coverage.blind, ...wayOf(intake).blind(intake)] }

async function withFound(checked: Checked, context: PullContext<Configured>, parts: IntakeParts): Promise<Checked> {
  const { intake } = context.config
  if (intake === undefined) return checked
  const found = await wayOf(intake).check(intake, context, parts)
  return { ...checked, missing: [...checked.missing, ...found.missing], says: [...checked.says, ...found.says] }
}

/** Two credentials, two policies: what fetches is no part of the connector's own role. */
function withRole(own: Role | undefined, intake: Intake | undefined): Role | undefined {
  const added = intake === undefined ? undefined : wayOf(intake).role?.(intake)
  if (own === undefined || added === undefined) return own ?? added
  const terraform = [own.terraform, added.terraform].filter((one) => one !== undefined).join('\n')
  return {
    ...own,
    scopes: [...own.scopes, ...added.scopes],
    text: [...own.text, ...added.text],
    json: [own.json, added.json],
    ...(terraform === '' ? {} : { terraform }),
  }
}
