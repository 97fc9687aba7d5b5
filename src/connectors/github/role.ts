import type { CredentialUse, Role, Survival } from '#sources/contract'

import type { GithubConfig, OptionalList } from './config.ts'
import type { Permissions } from './api.ts'
import { addressOf } from './secret-set.ts'

type Need = { name: string; level: 'read' | 'write'; why: string; part?: OptionalList }

/** Names as `POST /app/installations/{id}/access_tokens` takes them. */
const see: readonly Need[] = [
  { name: 'metadata', level: 'read', why: 'lists repositories' },
  { name: 'members', level: 'read', why: 'lists members, outside collaborators and teams' },
  { name: 'organization_administration', level: 'read', why: 'reads the audit log, installed apps and single sign-on' },
  { name: 'administration', level: 'read', why: 'lists who may do what in a repository, and deploy keys' },
  {
    name: 'organization_personal_access_tokens',
    level: 'read',
    why: 'lists fine-grained tokens with their rights',
    part: 'tokens',
  },
  { name: 'organization_hooks', level: 'read', why: 'lists webhooks of the organisation', part: 'hooks' },
  { name: 'repository_hooks', level: 'read', why: 'lists webhooks of repositories', part: 'hooks' },
  { name: 'organization_secrets', level: 'read', why: 'lists names of Actions secrets', part: 'secrets' },
  { name: 'secrets', level: 'read', why: 'lists names of Actions secrets of repositories', part: 'secrets' },
  { name: 'environments', level: 'read', why: 'lists names of secrets of environments', part: 'secrets' },
  { name: 'organization_self_hosted_runners', level: 'read', why: 'lists runners', part: 'runners' },
  { name: 'actions', level: 'read', why: 'lists workflows', part: 'workflows' },
  { name: 'contents', level: 'read', why: 'reads workflow files and the dependency graph', part: 'workflows' },
  { name: 'secret_scanning_alerts', level: 'read', why: 'finds leaked secrets and where they lie', part: 'alerts' },
]
const contain: readonly Need[] = [
  { name: 'metadata', level: 'read', why: 'finds a repository by its number' },
  { name: 'members', level: 'write', why: 'removes members and takes them out of teams' },
  { name: 'organization_administration', level: 'write', why: 'takes single sign-on from tokens and keys' },
  { name: 'organization_personal_access_tokens', level: 'write', why: 'revokes fine-grained tokens' },
  { name: 'administration', level: 'write', why: 'deletes deploy keys, collaborators and runners of a repository' },
  { name: 'organization_hooks', level: 'write', why: 'switches webhooks of the organisation off' },
  { name: 'repository_hooks', level: 'write', why: 'switches webhooks of a repository off' },
  { name: 'organization_self_hosted_runners', level: 'write', why: 'removes runners' },
  { name: 'actions', level: 'write', why: 'cancels runs and disables workflows' },
]

/** Where successors may be written: what each set of `places` needs. */
const writes: Readonly<Record<string, string>> = {
  secrets: 'writes successors into Actions secrets of `places`',
  dependabot_secrets: 'writes successors into Dependabot secrets of `places`',
  codespaces_secrets: 'writes successors into secrets of codespaces of `places`',
  environments: 'writes successors into secrets of environments of `places`, and notes beside them by which action',
  organization_secrets: 'writes successors into Actions secrets of the organisation of `places`',
  actions_variables: 'notes beside them by which action they were written',
  organization_actions_variables: 'notes beside those of the organisation by which action they were written',
}
const writesAt = (places: GithubConfig['places']): readonly Need[] => {
  const names = new Set(places.flatMap((set) => addressOf(set).needs))
  return Object.entries(writes).flatMap(([name, why]) => (names.has(name) ? [{ name, level: 'write', why }] : []))
}

/** Of the app as it is installed in the enterprise. */
const uninstall: Need = {
  name: 'enterprise_organization_installations',
  level: 'write',
  why: "uninstalls other people's apps, which only an enterprise can",
}

export const needsOf = ({ skip, enterprise, places }: GithubConfig, use: CredentialUse): readonly Need[] =>
  use === 'contain'
    ? [...contain, ...writesAt(places), ...(enterprise === undefined ? [] : [uninstall])]
    : see.filter(({ part }) => part === undefined || !skip.includes(part))

export const scopeText = ({ name, level }: Pick<Need, 'name' | 'level'>): string => `${name}: ${level}`

/** What an app is made from: https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest */
export function roleOfApp(config: GithubConfig, use: CredentialUse): Role | undefined {
  if (use === 'contain' && config.containApp === undefined) return undefined
  const needs = needsOf(config, use)
  const permissions: Permissions = Object.fromEntries(needs.map(({ name, level }) => [name, level]))
  return {
    scopes: needs.map((need) => ({ name: scopeText(need), why: need.why })),
    text: [
      `make a GitHub App owned by ${config.org} (Settings, Developer settings, GitHub Apps) without a webhook`,
      'give it exactly the permissions of `json`, and no user authorization',
      'make a private key there, and install the app on all repositories of the organisation',
      use === 'see'
        ? 'put the App ID and the number of the installation into `app`, and the .pem file into the secret `privateKey`'
        : 'put the App ID and the number of the installation into `containApp`, and the .pem file into the secret `privateKey` to contain',
    ],
    json: {
      name: use === 'see' ? 'Cordon (looks)' : 'Cordon (acts)',
      url: 'https://github.com',
      public: false,
      hook_attributes: { url: 'https://example.com/unused', active: false },
      default_permissions: { ...permissions },
      default_events: [],
    },
  }
}

/** `write` includes `read`. */
export function implies(held: string, needed: string): boolean {
  const [name, level] = held.split(': ')
  const [wantedName, wantedLevel] = needed.split(': ')
  return (
    name === wantedName && (level === wantedLevel || level === 'admin' || (level === 'write' && wantedLevel === 'read'))
  )
}

export const survives: readonly Survival[] = [
  { what: 'clones, forks and downloads that were made before', until: 'for ever: nothing at GitHub reaches them' },
  { what: 'a token of an uninstalled app that was already given out (`ghs_…`)', until: 'up to an hour' },
  { what: 'the same fine-grained or classic token in other organisations', until: 'its owner or its value kills it' },
  {
    what: 'SSH keys of the owner of a revoked token, when the organisation has no single sign-on',
    until: 'removed by their owner',
  },
  { what: 'the value of an Actions secret that a job has read', until: 'its issuer revokes it' },
  { what: 'poisoned caches, artifacts, packages and releases', until: 'somebody deletes them' },
]
