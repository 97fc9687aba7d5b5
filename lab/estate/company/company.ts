import { dayMs, type Company, type Size, type SizeName } from './model.ts'
import { domain, makeCustomers, makePeople, makeProjects, teams } from './people.ts'
import { makeApps, makeBuckets, makeChannels, makeDocuments, makeHosts, makeRepos, makeServices } from './things.ts'

export const sizes: Readonly<Record<SizeName, Size>> = {
  mini: { staff: 12, contractors: 16, customers: 2, repos: 5, documents: 4, weaknesses: 1 },
  tiny: { staff: 24, contractors: 120, customers: 3, repos: 9, documents: 12, weaknesses: 2 },
  small: { staff: 120, contractors: 4_200, customers: 12, repos: 40, documents: 200, weaknesses: 5 },
  full: { staff: 900, contractors: 42_000, customers: 12, repos: 400, documents: 4_000, weaknesses: 25 },
}
/** The day of the reference story; a served estate is as of today instead. */
export const storyMs = Date.UTC(2026, 2, 24, 12)

/** Brightwater Data, all made up: the same for the same seed, size and day. */
export function makeCompany(seed: number, sizeName: SizeName, nowMs = storyMs): Company {
  const size = sizes[sizeName]
  const yearMs = nowMs - 365 * dayMs
  const customers = makeCustomers(size)
  const projects = makeProjects(seed, customers, yearMs)
  const people = makePeople(seed, size, { projects, nowMs, yearMs })
  const world = { seed, size, nowMs, yearMs, customers, projects, teams, people }
  const repos = makeRepos(world)
  const hosts = makeHosts(world)
  return {
    ...world,
    name: 'Brightwater Data',
    domain,
    services: makeServices(world, repos, hosts),
    buckets: makeBuckets(world),
    repos,
    apps: makeApps(world),
    documents: makeDocuments(world),
    channels: makeChannels(world),
    hosts,
  }
}
