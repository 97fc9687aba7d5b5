import { drawOf, type Draw } from '../draw.ts'
import {
  dayMs,
  isThere,
  type App,
  type Bucket,
  type Channel,
  type Company,
  type Document,
  type Host,
  type Place,
  type Repo,
  type Service,
} from './model.ts'

/** What there is before the things: the rest is drawn from it. */
type World = Pick<Company, 'seed' | 'size' | 'nowMs' | 'yearMs' | 'customers' | 'projects' | 'teams' | 'people'>

export const makeBuckets = ({ seed, customers, projects }: World): Bucket[] => {
  const draw = drawOf(seed, 'buckets')
  return projects.flatMap(({ slug, customer, work }, project) => {
    if (customers[customer] === undefined || work === 'rating') return []
    return [{ name: `brightwater-${slug}`, customer, project, objects: 3 + draw.int(20) }]
  })
}

const packages = [
  'pkg:pypi/requests@2.32.3',
  'pkg:pypi/numpy@2.1.0',
  'pkg:npm/hono@4.6.0',
  'pkg:npm/zod@3.23.8',
  'pkg:pypi/boto3@1.42.73',
]
export const gatewayPackage = 'pkg:pypi/litellm@1.82.7'

export function makeRepos({ seed, size, nowMs, teams, customers }: World): Repo[] {
  const draw = drawOf(seed, 'repos')
  const owners = teams.flatMap(({ engineers }, at) => (engineers ? [at] : []))
  return Array.from({ length: size.repos }, (_, n): Repo => {
    const isForkReadable = n < size.weaknesses
    const customer = n % 3 === 2 ? n % customers.length : null
    const team = draw.pick(owners)
    const slug = customer === null ? (teams[team]?.slug ?? '') : (customers[customer]?.slug ?? '')
    const secrets = isForkReadable || draw.chance(0.4) ? ['DEPLOY_KEY', ...(draw.chance(0.5) ? ['NPM_TOKEN'] : [])] : []
    return {
      n,
      name: `${slug}-${['api', 'tools', 'pipeline', 'site', 'jobs'][n % 5]}-${n}`,
      team,
      customer,
      private: !isForkReadable,
      isForkReadable,
      secrets,
      packages: [...draw.some(packages, 3), ...(draw.chance(0.15) ? [gatewayPackage] : [])],
      deployKeyMs: n % 4 === 1 ? keyTime(draw, nowMs, n % 8 === 1) : null,
    }
  })
}

/** Old: more than a year. */
const keyTime = (draw: Draw, nowMs: number, isOld: boolean): number =>
  nowMs - (isOld ? 400 + draw.int(600) : 5 + draw.int(340)) * dayMs

export function makeHosts({ seed, size, nowMs, people, teams }: World): Host[] {
  const draw = drawOf(seed, 'hosts')
  const staff = people.filter((one) => one.kind === 'staff' && isThere(one, nowMs))
  const engineers = staff.filter(({ group }) => teams[group]?.engineers === true)
  const laptops = draw.some(engineers, Math.max(3, Math.round(size.staff / 8)))
  const machines = Math.max(2, Math.round(size.repos / 10))
  return [
    ...laptops.map((owner): Host => ({ id: `laptop-${owner.n + 1}`, kind: 'laptop', owner: owner.n })),
    ...Array.from({ length: machines }, (_, n): Host => ({ id: `runner-${n + 1}`, kind: 'runner', owner: null })),
    ...Array.from({ length: machines }, (_, n): Host => ({ id: `server-${n + 1}`, kind: 'server', owner: null })),
  ]
}

/** Programs with keys. The first of each list are the seeded weak ones; the others are as they should be. */
export function makeServices(world: World, repos: readonly Repo[], hosts: readonly Host[]): Service[] {
  const { seed, size, nowMs, customers, teams } = world
  const draw = drawOf(seed, 'services')
  const weak = size.weaknesses
  const usedMs = (): number => nowMs - Math.round(draw.unit() * 6 * dayMs)
  const owners = teams.flatMap(({ engineers }, at) => (engineers ? [at] : []))
  const onHost = (host: Host, path: string): Place => ({ at: 'host', host: host.id, path })
  const laptops = hosts.filter(({ kind }) => kind === 'laptop')
  const servers = hosts.filter(({ kind }) => kind === 'server')
  const withSecrets = repos.filter(({ secrets }) => secrets.length > 0)
  const path = (slug: string): string => `srv/${slug}/.env`

  const exports = customers.map((customer, at): Service => ({
    slug: `export-${customer.slug}`,
    vendor: 'aws',
    team: draw.pick(owners),
    customer: at,
    keyMs: keyTime(draw, nowMs, at < weak),
    lastUsedMs: usedMs(),
    rights: 'export',
    lies: [onHost(draw.pick(servers), path(`export-${customer.slug}`))],
  }))
  const shared = Array.from({ length: weak }, (_, n): Service => ({
    slug: `shared-${n + 1}`,
    vendor: 'aws',
    team: draw.pick(owners),
    customer: null,
    keyMs: keyTime(draw, nowMs, false),
    lastUsedMs: usedMs(),
    rights: 'read',
    lies: draw.some(laptops, 2 + draw.int(2)).map((host) => onHost(host, 'home/dev/.aws/credentials')),
  }))
  const pairs = Array.from({ length: weak }, (_, n): Service => ({
    slug: `pair-${n + 1}`,
    vendor: 'aws',
    team: draw.pick(owners),
    customer: null,
    keyMs: keyTime(draw, nowMs, false),
    lastUsedMs: usedMs(),
    rights: 'read',
    lies: draw.some(servers, 2).map((host) => onHost(host, path(`pair-${n + 1}`))),
  }))
  const idle = Array.from({ length: weak }, (_, n): Service => ({
    slug: `pilot-${n + 1}`,
    vendor: 'aws',
    team: draw.pick(owners),
    customer: null,
    keyMs: nowMs - (40 + draw.int(300)) * dayMs,
    lastUsedMs: null,
    rights: n === 0 ? 'admin' : 'read',
    lies: [onHost(draw.pick(servers), path(`pilot-${n + 1}`))],
  }))
  const deploys = withSecrets.map((repo): Service => ({
    slug: `deploy-${repo.name}`,
    vendor: 'aws',
    team: repo.team,
    customer: repo.customer,
    keyMs: keyTime(draw, nowMs, false),
    lastUsedMs: usedMs(),
    rights: 'deploy',
    lies: [{ at: 'ci', repo: repo.name, name: 'DEPLOY_KEY' }],
  }))
  const clients = Array.from(
    { length: Math.max(size.weaknesses + 1, Math.round(size.repos / 8)) },
    (_, n): Service => ({
      slug: `sync-${n + 1}`,
      vendor: 'okta',
      team: draw.pick(owners),
      customer: null,
      keyMs: keyTime(draw, nowMs, n < weak),
      lastUsedMs: usedMs(),
      rights: n % 3 === 0 ? 'admin' : 'read',
      lies: [
        onHost(draw.pick(servers), path(`sync-${n + 1}`)),
        ...(n < weak
          ? [{ at: 'repo', repo: repos[(n * 2 + 1) % repos.length]?.name ?? '', path: 'config/sync.env' } as const]
          : []),
      ],
    }),
  )
  return [...exports, ...shared, ...pairs, ...idle, ...deploys, ...clients]
}

const appsKnown: readonly Pick<App, 'slug' | 'name' | 'vendor' | 'scopes'>[] = [
  {
    slug: 'quill-notes',
    name: 'Quill Notes',
    vendor: 'google',
    scopes: ['https://www.googleapis.com/auth/drive', 'https://www.googleapis.com/auth/calendar.readonly'],
  },
  {
    slug: 'postbox-helper',
    name: 'Postbox Helper',
    vendor: 'google',
    scopes: ['https://www.googleapis.com/auth/gmail.readonly'],
  },
  { slug: 'who-am-i', name: 'Who Am I', vendor: 'google', scopes: ['openid', 'email'] },
  { slug: 'wiki', name: 'Wiki', vendor: 'okta', scopes: ['okta.users.read'] },
  { slug: 'group-sync', name: 'Group Sync', vendor: 'okta', scopes: ['okta.groups.read', 'okta.users.read'] },
  { slug: 'digest', name: 'Digest', vendor: 'slack', scopes: ['search:read', 'files:read'] },
  { slug: 'standup', name: 'Standup', vendor: 'slack', scopes: ['chat:write'] },
  { slug: 'review-helper', name: 'Review Helper', vendor: 'github', scopes: ['contents: read', 'metadata: read'] },
  { slug: 'ship-it', name: 'Ship It', vendor: 'github', scopes: ['contents: write', 'workflows: write'] },
]

/** Who let them in: some of the staff, and of these some have not used it since. */
export function makeApps({ seed, size, nowMs, people }: World): App[] {
  const staff = people.filter((one) => one.kind === 'staff' && isThere(one, nowMs))
  return appsKnown.map((known) => {
    const draw = drawOf(seed, `app/${known.slug}`)
    const isPersonal = known.vendor === 'google' || known.vendor === 'okta'
    const users = isPersonal
      ? draw.some(staff, Math.max(size.weaknesses + 2, Math.round(size.staff * 0.15)))
      : staff.slice(0, 1)
    const grants = users.map(({ n, startMs }, at) => {
      const atMs = Math.max(startMs, nowMs - 300 * dayMs) + Math.round(draw.unit() * 60 * dayMs)
      const isUnused = isPersonal && at < size.weaknesses
      const lastUsedMs = isUnused ? null : nowMs - Math.round(draw.unit() * 10 * dayMs)
      return { person: n, atMs: Math.min(atMs, nowMs - 30 * dayMs), lastUsedMs }
    })
    return { ...known, grants }
  })
}

export function makeDocuments({ seed, size, nowMs, people, customers }: World): Document[] {
  const draw = drawOf(seed, 'documents')
  const staff = people.filter((one) => one.kind === 'staff' && isThere(one, nowMs - 40 * dayMs) && one.endMs === null)
  return Array.from({ length: size.documents }, (_, n) => {
    const customer = n % customers.length
    return {
      n,
      owner: draw.pick(staff).n,
      customer,
      name: `${customers[customer]?.name ?? ''} ${draw.pick(['briefing', 'pay rates', 'ratings', 'roster'])} ${n + 1}`,
      visibility: n < size.weaknesses ? 'anyone' : 'private',
    }
  })
}

export function makeChannels({ seed, teams, customers }: World): Channel[] {
  const draw = drawOf(seed, 'channels')
  return [
    ...teams.map(({ slug }, team): Channel => ({ slug, team, isPrivate: false, sharedWith: null })),
    ...customers.map(({ slug, n }): Channel => ({
      slug: `with-${slug}`,
      team: draw.int(teams.length),
      isPrivate: true,
      sharedWith: n,
    })),
  ]
}
