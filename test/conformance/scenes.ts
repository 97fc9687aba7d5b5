import type { EntityId } from '#model'
import type { ActionContext, ContainAction } from '#respond/contract'

import type { TwinClock } from '../../lab/twins/kit/clock.ts'
import type { ActionCase, Tried } from './actions.ts'

/** One case of one action with a company of its own around it: what is stolen works, and nothing is done yet. */
export type Scene = {
  action: ContainAction
  context: ActionContext<unknown>
  target: EntityId
  lent: string | undefined
  /** Asked at the vendor, as the thief. */
  works(): Promise<boolean>
  hold: ((scopes: readonly string[]) => void | Promise<void>) | undefined
  settle(): void
  /** The twin's time; absent: a real server, which lives by the clock of this machine. */
  clock: Pick<TwinClock, 'nowMs' | 'pass'> | undefined
  /** What the vendor itself takes, in ms; and by how much of it that was made longer. */
  delayMs: number
  stretchedMs: number
  close(): Promise<void>
}
/** `delay`: of what the vendor's own delay is made; `stretchMs`: added to it, so that tries do not all fall on one beat. */
export type SceneCase = {
  verb: string
  name: string
  /** Does undo give the attacker's way back, too? */
  isRestored: boolean
  alsoNeeds: readonly string[]
  delay?: string
  /** Why it cannot be opened on this machine. */
  absent?: string
  open(stretchMs?: number): Promise<Scene>
}

type Founded = { clock?: Scene['clock']; twin?: { close(): Promise<void> }; close?(): Promise<void> }

/** The cases of a vendor, each to be opened as often as one likes. */
export const scenesOf = <Company extends Founded, Config, Case extends ActionCase<Company>>(
  tried: Tried<Company, Config, Case>,
): SceneCase[] => {
  const { hold } = tried
  return tried.cases.map((one) => ({
    verb: one.verb,
    name: one.name ?? '',
    isRestored: one.isRestored,
    alsoNeeds: one.alsoNeeds ?? [],
    ...(one.delay === undefined ? {} : { delay: one.delay.of }),
    async open(stretchMs = 0) {
      const company = await tried.found(one)
      one.delay?.stretch?.(company, stretchMs)
      const { target, works, lent } = await one.set(company)
      const action = tried.actions.find(({ verb }) => verb === one.verb)
      if (action === undefined) throw new Error(`no action \`${one.verb}\``)
      const context = tried.cordon(company).context({ lent: (asked) => (asked === target ? lent : undefined) })
      return {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- action and context are of one configuration here
        ...({ action, context } as unknown as Pick<Scene, 'action' | 'context'>),
        target,
        lent,
        works,
        hold: hold === undefined ? undefined : (scopes) => hold(company, scopes),
        settle: () => tried.settle?.(company),
        clock: company.clock,
        delayMs: one.delay?.ms(company) ?? 0,
        stretchedMs: one.delay?.stretch === undefined ? 0 : stretchMs,
        close: () => company.close?.() ?? company.twin?.close() ?? Promise.resolve(),
      }
    },
  }))
}

type Scenes = () => Promise<SceneCase[]>

/** Ends the servers that scenes share. */
export const endScenes = async (): Promise<void> => (await import('../systems/postgres-cases.ts')).stopServer()

/** Every connector that acts: where its cases are. */
export const scenesOfConnector: Readonly<Record<string, Scenes>> = {
  aws: async () => {
    const { trial, centerTrial, shopTrial } = await import('./aws/cases.ts')
    return [...scenesOf(trial), ...scenesOf(centerTrial), ...scenesOf(shopTrial)]
  },
  anthropic: async () => scenesOf((await import('./anthropic/cases.ts')).trial),
  crowdstrike: async () => scenesOf((await import('./crowdstrike/cases.ts')).trial),
  entra: async () => scenesOf((await import('./entra/cases.ts')).trial),
  fleet: async () => scenesOf((await import('./fleet/cases.ts')).trial),
  github: async () => scenesOf((await import('./github/cases.ts')).trial),
  google: async () => scenesOf((await import('./google/cases.ts')).trial),
  host: async () => scenesOf((await import('./host/cases.ts')).tried),
  huggingface: async () => scenesOf((await import('./huggingface/cases.ts')).trial),
  keys: async () => scenesOf((await import('./keys/cases.ts')).tried),
  kubernetes: async () => scenesOf((await import('./kubernetes/cases.ts')).tried),
  litellm: async () => scenesOf((await import('./litellm/cases.ts')).trial),
  oidc: async () => scenesOf((await import('./oidc/cases.ts')).tried),
  okta: async () => scenesOf((await import('./okta/cases.ts')).trial),
  openai: async () => scenesOf((await import('./openai/cases.ts')).trial),
  postgres: async () => {
    const { isInstalled, shopTried, tried } = await import('../systems/postgres-cases.ts')
    const absent = 'PostgreSQL is not here: test/systems/install-postgres.sh'
    const both = [...scenesOf(tried), ...scenesOf(shopTried)]
    return both.map((one) => (isInstalled() ? one : { ...one, absent }))
  },
  slack: async () => scenesOf((await import('./slack/cases.ts')).trial),
  vault: async () => scenesOf((await import('./vault/cases.ts')).tried),
}

/** What is not so: an action that nobody tries, and a case or a reason of an action that is not there (any more). */
export function caseGaps(
  acting: readonly { id: string; verbs: readonly string[] }[],
  scenes: ReadonlyMap<string, readonly { verb: string }[]>,
  reasons: Readonly<Record<string, string>>,
): string[] {
  const gaps: string[] = []
  const registered = new Set(acting.flatMap(({ verbs }) => verbs))
  const tried = new Set([...scenes.values()].flat().map(({ verb }) => verb))
  for (const verb of registered)
    if (!tried.has(verb) && reasons[verb] === undefined) gaps.push(`\`${verb}\` has no case`)
  for (const verb of tried) {
    if (!registered.has(verb)) gaps.push(`\`${verb}\` has a case and is no action`)
    if (reasons[verb] !== undefined) gaps.push(`\`${verb}\` has a case, and a reason for none`)
  }
  for (const verb of Object.keys(reasons))
    if (!registered.has(verb)) gaps.push(`\`${verb}\` has a reason and is no action`)
  return gaps.sort()
}

/** Verbs without a case, and why there can be none. */
const google = 'a person does it in the admin console: Google has no API for it'
export const untried: Readonly<Record<string, string>> = {
  'google.app.block': google,
  'google.delegation.remove': google,
}
