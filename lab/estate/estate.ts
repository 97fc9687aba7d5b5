import { EstateClock } from './clock.ts'
import { makeCompany } from './company/company.ts'
import type { Company, SizeName, Vendor } from './company/model.ts'
import { account, type AwsServer } from './fill/account.ts'
import { anthropic } from './fill/anthropic.ts'
import { aws } from './fill/aws.ts'
import { cluster, type KubernetesServer } from './fill/cluster.ts'
import { crowdstrike } from './fill/crowdstrike.ts'
import { entra } from './fill/entra.ts'
import { fleet } from './fill/fleet.ts'
import { github } from './fill/github.ts'
import { google } from './fill/google.ts'
import { huggingface } from './fill/huggingface.ts'
import { kubernetes } from './fill/kubernetes.ts'
import { litellm } from './fill/litellm.ts'
import { okta } from './fill/okta.ts'
import { openai } from './fill/openai.ts'
import { proxy, type LitellmServer } from './fill/proxy.ts'
import { slack } from './fill/slack.ts'
import { warehouse, type PostgresServer } from './fill/warehouse.ts'
import { makeOwnKeys, type At, type Part, type Roles, type Started } from './part.ts'
import { truthLines, type Credential, type Fill, type TruthLine } from './truth.ts'

type Twin = Exclude<Vendor, 'postgres'>
/** In the order of filling: what lies at a vendor was given out by one before it. */
export const parts: Readonly<Record<Twin, Part>> = {
  aws,
  okta,
  google,
  slack,
  openai,
  anthropic,
  huggingface,
  litellm,
  crowdstrike,
  fleet,
  entra,
  kubernetes,
  github,
}

export type EstateOptions = {
  seed: number
  size: SizeName
  roles: Roles
  /** Time passes by this clock, from `nowMs` of the company on. */
  clock: { nowMs(): number }
  nowMs?: number
  density?: number
  /** Of the twins; absent: all of them. */
  only?: readonly Vendor[]
  /** An empty server that the company's warehouse is put into; absent: the estate has none. */
  postgres?: PostgresServer
  /** Empty servers in place of twins, whatever `only` says. */
  kubernetes?: KubernetesServer
  aws?: AwsServer
  litellm?: LitellmServer
  /** Absent: new ones, which takes a second. */
  keys?: At['keys']
}
export type Estate = {
  company: Company
  started: ReadonlyMap<Vendor, Started>
  fills: readonly Fill[]
  credentials: readonly Credential[]
  truth(): Generator<TruthLine>
  close(): Promise<void>
}

/** Starts every vendor of the estate on loopback, filled from one company; the same seed, size and day give the same. */
export async function startEstate(options: EstateOptions): Promise<Estate> {
  const company = makeCompany(options.seed, options.size, options.nowMs)
  const made = new Map<string, Credential>()
  const at: At = {
    clock: new EstateClock(options.clock),
    roles: options.roles,
    keys: options.keys ?? makeOwnKeys(),
    density: options.density ?? 1,
    made,
  }
  const started = new Map<Vendor, Started>()
  const close = async (): Promise<void> => {
    await Promise.all([...started.values()].map((one) => one.close()))
  }
  const start = async (vendor: Vendor, part: Part): Promise<void> => {
    const one = await part(company, at)
    started.set(vendor, one)
    for (const credential of one.fill.credentials) made.set(credential.id, credential)
  }
  try {
    const servers = realParts(options)
    for (const [vendor, twin] of entriesOf(parts)) {
      const real = servers[vendor]
      if (real !== undefined || options.only?.includes(vendor) !== false) await start(vendor, real ?? twin)
    }
    if (options.postgres !== undefined) await start('postgres', warehouse(options.postgres))
  } catch (error) {
    await close()
    throw error
  }
  const fills = [...started.values()].map(({ fill }) => fill)
  return {
    company,
    started,
    fills,
    credentials: [...made.values()],
    truth: () => truthLines(company, fills),
    close,
  }
}

/** Servers in place of twins. */
const realParts = ({ aws: at, kubernetes: server, litellm: gateway }: EstateOptions): Partial<Record<Twin, Part>> => ({
  ...(at === undefined ? {} : { aws: account(at) }),
  ...(server === undefined ? {} : { kubernetes: cluster(server) }),
  ...(gateway === undefined ? {} : { litellm: proxy(gateway) }),
})

const entriesOf = (all: typeof parts): [Twin, Part][] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of this very table
  Object.entries(all) as [Twin, Part][]
