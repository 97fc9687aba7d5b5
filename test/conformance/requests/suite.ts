import assert from 'node:assert/strict'

import { CordonError, silentDiagnose, systemClock, type Http } from '#kit'
import type { EntityId } from '#model'
import type { ActionContext, ContainAction } from '#respond/contract'
import { actPatience, createBudgets, openSignedHttp, pullStream } from '#sources'
import { isStreamOn, type Connector, type CredentialUse, type Secrets } from '#sources/contract'

import type { Description } from '../../../lab/twins/kit/openapi.ts'
import { describedVendor, type Answers, type Asked } from './described.ts'

/** What a connector says to have every request it makes held against its vendor's own description. */
export type RequestPlug<Config = unknown> = {
  connector: Connector<Config>
  actions: readonly ContainAction<Config>[]
  description: Description
  config: Config
  authority: string
  origins: readonly string[]
  secrets: Record<CredentialUse, Secrets>
  /** What each action acts on, and the value lent for it where its probe wants one. */
  targets: Readonly<Record<string, { target: EntityId; lent?: string }>>
  answers?: Answers
  /** Streams that make no request, each with the reason. */
  silent?: Readonly<Record<string, string>>
}

export type Case = { name: string; run: () => Promise<void> }

/** Sends what a connector sends for every stream and every action. A vendor's refusal may end it early; a wrong request may not pass. */
export function requestSuite<Config>(plug: RequestPlug<Config>): Case[] {
  const { connector, actions } = plug
  const streams = connector.streams
    .filter((stream) => isStreamOn(stream, plug.config) && pullStream(stream) !== undefined)
    .map((stream): Case => ({
      name: `${connector.id}: what \`${stream.name}\` asks is in the vendor's description, and within its scopes`,
      run: async () => {
        const { http, asked } = openVendor(plug, 'see')
        const context = { ...pullContext(plug, http), see: plug.secrets.see }
        const pages = pullStream(stream)?.(context, null)
        await throughRefusal(async () => {
          for await (const page of pages ?? []) assert.ok(page.events.length < 10_000)
        })
        if (plug.silent?.[stream.name] === undefined) assert.ok(asked.length > 0, 'it must ask for something')
        assertAsked(asked, stream.scopes, connector)
      },
    }))
  const acts = actions.map((action): Case => ({
    name: `${connector.id}: what \`${action.verb}\` asks is in the vendor's description, and within its scopes`,
    run: () => tryAction(plug, action),
  }))
  const check: Case = {
    name: `${connector.id}: what \`check\` and \`scopes\` ask is in the vendor's description`,
    run: async () => {
      for (const use of ['see', 'contain'] as const) {
        const { http, asked } = openVendor(plug, use)
        const context = { ...pullContext(plug, http), see: plug.secrets[use] }
        if (use === 'see') await throughRefusal(() => connector.check(context))
        await throughRefusal(() => connector.scopes?.(context, use) ?? Promise.resolve())
        assertAsked(asked, undefined, connector)
      }
    },
  }
  return [...streams, ...acts, check]
}

async function tryAction<Config>(plug: RequestPlug<Config>, action: ContainAction<Config>): Promise<void> {
  const named = plug.targets[action.verb]
  assert.ok(named !== undefined, `the plug names a target for \`${action.verb}\``)
  const { http, asked } = openVendor(plug, 'contain')
  const context: ActionContext<Config> = {
    config: plug.config,
    authority: plug.authority,
    contain: plug.secrets.contain,
    http,
    clock: systemClock,
    signal: AbortSignal.timeout(10_000),
    key: 'act_example',
    home: {
      killKey: nothingThere,
      reviveKey: () => Promise.resolve(),
      lendKey: () => Promise.resolve(),
      keyState: nothingThere,
      keySuccessor: () => Promise.resolve(null),
      issueSuccessor: () => Promise.reject(new Error('not asked')),
      withdrawSuccessor: () => Promise.resolve(),
    },
    lent: () => named.lent,
    isOwn: () => false,
  }
  let undoState: Parameters<NonNullable<typeof action.undo>>[2]
  await throughRefusal(async () => ({ undoState } = await action.apply(context, named.target)))
  assert.ok(asked.length > 0, '`apply` must ask for something')
  await throughRefusal(() => action.readBack?.(context, named.target) ?? Promise.resolve())
  await throughRefusal(() => action.probe.run(context, named.target))
  await throughRefusal(() => action.undo?.(context, named.target, undoState) ?? Promise.resolve())
  assertAsked(asked, action.scopes, plug.connector)
}

const nothingThere = (): Promise<'unknown-key'> => Promise.resolve('unknown-key')

function openVendor<Config>(plug: RequestPlug<Config>, use: CredentialUse): { http: Http; asked: Asked[] } {
  const { http, asked } = describedVendor(plug.description, plug.answers ?? {})
  const signed = openSignedHttp({
    http,
    clock: systemClock,
    limits: { ...plug.connector.limits, budgets: [] },
    budgets: createBudgets(systemClock),
    realms: { source: 'example', authority: plug.authority },
    lane: 'live',
    patience: actPatience,
    unit: () => 0.5,
    auth: plug.connector.auth?.(plug.config, use),
    origins: plug.origins,
    secrets: () => plug.secrets[use],
  })
  return { http: signed, asked }
}

const pullContext = <Config>({ config }: RequestPlug<Config>, http: Http) => ({
  config,
  http,
  clock: systemClock,
  signal: AbortSignal.timeout(10_000),
  diagnose: silentDiagnose,
})

/** Made-up answers may name what is not there: that a connector refuses is no fault of its request. */
async function throughRefusal(run: () => Promise<unknown>): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof CordonError)) throw error
  }
}

/** `scopes`: what the stream or action declares; the operation needs all of one of its alternatives, where it tells them. */
function assertAsked<Config>(
  asked: readonly Asked[],
  scopes: readonly string[] | undefined,
  { implies = (held, needed) => held === needed }: Connector<Config>,
): void {
  assert.deepEqual(
    asked.flatMap(({ problems }) => problems),
    [],
  )
  if (scopes === undefined) return
  for (const { operation } of asked) {
    const needs = (operation?.scopes ?? []).filter((one) => one.length > 0)
    if (operation === undefined || needs.length === 0) continue
    const isDeclared = needs.some((all) => all.every((needed) => scopes.some((held) => implies(held, needed))))
    const wants = needs.map((all) => all.join(' and ')).join(', or ')
    assert.ok(isDeclared, `\`${operation.id}\` needs ${wants}; declared: ${scopes.join(', ') || 'nothing'}`)
  }
}
