/** What every vendor's part of the estate is filled from. Times are milliseconds UTC; null: until further notice. */
export type Company = {
  seed: number
  size: Size
  name: string
  domain: string
  /** The day the estate is looked at, and a year before it. */
  nowMs: number
  yearMs: number
  customers: readonly Customer[]
  projects: readonly Project[]
  teams: readonly Team[]
  people: readonly Person[]
  services: readonly Service[]
  buckets: readonly Bucket[]
  repos: readonly Repo[]
  apps: readonly App[]
  documents: readonly Document[]
  channels: readonly Channel[]
  hosts: readonly Host[]
}

export type SizeName = 'mini' | 'tiny' | 'small' | 'full'
export type Size = {
  staff: number
  contractors: number
  customers: number
  repos: number
  documents: number
  /** How many of each kind of weakness are seeded. */
  weaknesses: number
}

export type Customer = { n: number; name: string; slug: string }
/** Contractors work on projects; a surge is a stretch of weeks with many more of them. */
export type Project = {
  n: number
  slug: string
  customer: number
  work: 'rating' | 'interviews' | 'code'
  surge: Span | null
}
export type Span = { fromMs: number; toMs: number }
export type Team = { slug: string; name: string; engineers: boolean }

export type Person = {
  n: number
  employeeId: string
  given: string
  family: string
  email: string
  kind: 'staff' | 'contractor'
  /** Of staff, by its place in `teams`; of a contractor, the project's in `projects`. */
  group: number
  country: string
  startMs: number
  endMs: number | null
  shift: 'day' | 'night'
  /** `weak`: a code by SMS; `none`: the password alone. */
  factor: 'strong' | 'weak' | 'none'
  admin: Admin | null
  /** Left, and what of theirs nobody switched off. */
  leftAlive: Vendor | null
}
/** What somebody administers; each vendor reads its own. */
export type Admin = 'owner' | 'identity' | 'helpdesk' | 'apps'
export type Vendor =
  | 'okta'
  | 'github'
  | 'google'
  | 'slack'
  | 'aws'
  | 'openai'
  | 'anthropic'
  | 'huggingface'
  | 'litellm'
  | 'crowdstrike'
  | 'fleet'
  | 'entra'
  | 'kubernetes'
  | 'postgres'

/** A program with a name of its own at a vendor: one for each customer's exports, and the company's own. */
export type Service = {
  slug: string
  vendor: Vendor
  team: number
  customer: number | null
  keyMs: number
  /** Null: the key was made and never used. */
  lastUsedMs: number | null
  rights: 'export' | 'deploy' | 'read' | 'admin'
  /** Where its key lies; more than one owner's host: shared. */
  lies: Place[]
}
/** A place where a secret can be read by whoever stands there. */
export type Place =
  | { at: 'host'; host: string; path: string }
  | { at: 'ci'; repo: string; name: string }
  | { at: 'repo'; repo: string; path: string }
  | { at: 'chat'; channel: string }

export type Bucket = { name: string; customer: number; project: number; objects: number }
export type Repo = {
  n: number
  name: string
  team: number
  customer: number | null
  private: boolean
  /** A deploy workflow that runs on pull requests from forks, with secrets. */
  isForkReadable: boolean
  secrets: string[]
  packages: string[]
  deployKeyMs: number | null
}
/** Somebody else's software that people let in. */
export type App = {
  slug: string
  name: string
  vendor: 'google' | 'slack' | 'okta' | 'github'
  scopes: string[]
  /** Who let it in, when, and when it was last used in their name; null: never. */
  grants: { person: number; atMs: number; lastUsedMs: number | null }[]
}
export type Document = { n: number; owner: number; customer: number; name: string; visibility: 'private' | 'anyone' }
export type Channel = { slug: string; team: number; isPrivate: boolean; sharedWith: number | null }
export type Host = { id: string; kind: 'laptop' | 'runner' | 'server'; owner: number | null }

export const dayMs = 86_400_000
export const isThere = ({ startMs, endMs }: Pick<Person, 'startMs' | 'endMs'>, atMs: number): boolean =>
  startMs <= atMs && (endMs === null || endMs > atMs)
