import type { EntityId } from '#model'

/**
 * What says whose something is, strongest first. `publisher`: the directory names the tenant or project that registered
 * it. `catalogue`: its maker's entry in a vendor's catalogue. `platform`: a connected system that somebody else runs.
 * `domain`: the address it is reached at. `account`: the account that publishes it. `nobody`: no source tells, and it
 * stands alone until a person says whose it is.
 */
export const tellings = ['publisher', 'catalogue', 'platform', 'domain', 'account', 'nobody'] as const
export type Told = (typeof tellings)[number]
export type Publisher = { vendor: EntityId; name: string | null; told: Told }

/** Who let an app in; `who` null: an administrator whom no source names. */
export type LetIn = { who: EntityId | null; as: 'user' | 'administrator'; atMs: number | null }

/** Software that was given rights here. `house`: it is the company's own, as its directory says. */
export type App = {
  app: EntityId
  name: string | null
  house: boolean
  verified: boolean | null
  enabled: boolean | null
  scopes: string[]
  /** Words of what its scopes open: mail, files, code, … */
  opens: string[]
  owners: EntityId[]
  letIn: LetIn[]
  /** People in whose name it acts. */
  users: EntityId[]
  /** Programs' identities that it is. */
  bots: EntityId[]
  /** Grants, tokens and keys that were given to it and stand. */
  credentials: EntityId[]
  /** Those that were, and have ended. */
  ended: EntityId[]
  createdAtMs: number | null
  /** As its own directory tells it; what logs tell is in `Use`. */
  lastUsedAtMs: number | null
}

/**
 * What else of a vendor is here. `platform`: a system of theirs we are connected to; `model`: a model they serve behind our
 * gateway; `mcp-server`: tools they serve to it; `action`: code of theirs in our jobs; `egress`: something here talks to them;
 * `library`: their client library lies on our machines.
 */
export const partKinds = ['platform', 'model', 'mcp-server', 'action', 'egress', 'library'] as const
export type Part = {
  kind: (typeof partKinds)[number]
  entity: EntityId
  name: string | null
  /** How many machines, jobs or acts show it; null where that is no question. */
  seen: number | null
  /** Of ours that lies with the part: secrets that the gateway sends there. */
  credentials: EntityId[]
}

/** One vendor with everything of theirs that is here. `joined`: vendors that a person said are the same. */
export type Vendor = {
  vendor: EntityId
  name: string
  told: Told
  house: boolean
  /** A listed service that answers with a model (`#classify`). */
  ai: boolean
  /** Who answers for them here, as a person said. */
  owner: string | null
  joined: EntityId[]
  /** Components a person named, as package URLs. */
  components: string[]
  apps: App[]
  parts: Part[]
}
