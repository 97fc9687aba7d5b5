import { dayMs } from '../company/model.ts'

/**
 * What is wrong in the estate by design, and why it is. Posture, detection and least privilege are measured on it. A kind
 * is a rule: everything in the estate that meets it is named, whether it was planted for it or came about.
 */
export const weaknessKinds = {
  'unused-grant': 'an app was let into mail, files, code or the directory, and has not been used for 90 days or ever',
  'unused-key': 'a key was made over 30 days ago and never used, or was last used over 90 days ago',
  'old-key': 'a static key is over a year old and still good',
  'shared-key': 'one key lies on the machines of more than one person',
  'leaver-alive': 'somebody left the staff and can still sign in here',
  'ended-contractor-alive': 'a contract ended and its account can still sign in here',
  'link-anyone': 'whoever has the link opens the document',
  'link-editable': 'whoever has the link may change the document',
  'external-channel': 'a channel of a team of our own is shared with an organisation that is no customer',
  'secret-in-repository': 'a secret that still opens something lies in a repository',
  'fork-readable-secret': "a workflow runs what a stranger's pull request brings, with the repository's secrets",
  'unpinned-workflow': "a job with secrets runs a stranger's action by a branch or tag that its owner can move",
  'org-wide-secret': 'a CI secret of the organisation can be read by the jobs of every repository',
  'writable-deploy-key': 'a deploy key can push',
  'outside-collaborator': 'somebody outside of the organisation administers a private repository',
  'domain-wide-delegation': 'a client may read the mail or files of everybody in the domain',
  'one-person-app': 'one person alone let an app into mail or files',
  'admin-without-strong-factor': 'an administrator signs in without a factor that withstands phishing',
  'break-glass-daily': 'an account for emergencies is used on ordinary days',
  'dormant-identity': 'an account that can sign in was not used for over 180 days',
  'shared-identity': 'one account is signed in from the places of several people at once',
  'retired-integration': 'an integration that nobody uses any more still holds good tokens',
  'human-size-rights': 'a program has the rights of an administrator over everything',
  'cross-account-trust': 'another account may take a role on without an external id',
  'foreign-federation': "the jobs of a stranger's repository may take a role on",
  'guest-owner': 'a guest owns an app, and can give it a secret of their own',
  'unowned-app': 'an app of our own with a secret has no owner',
  'unverified-app': 'an app of another tenant without a verified publisher was let into mail or files',
  'endless-secret': 'a secret of an app is good for over two years to come',
  'wildcard-role': 'a program may do everything to everything in a cluster',
  'default-account-rights': 'what every pod of a namespace runs as by default may read its secrets',
  'legacy-token': 'a token of a service account lies in a secret and never ends',
  'stale-invite': 'an invite as owner was sent over 30 days ago, and still lets whoever has the mail in',
  'unbounded-key': 'a virtual key opens every model, without a team and without an end',
  'toxic-combination': 'an outsider reaches the directory, has no factor, and holds a secret over a year old',
} as const
export type WeaknessKind = keyof typeof weaknessKinds

/** What the `native` of a weakness is an id of, at its vendor. */
export type Noun =
  | 'user'
  | 'app'
  | 'role'
  | 'access-key'
  | 'api-token'
  | 'client-secret'
  | 'token'
  | 'deploy-key'
  | 'grant'
  | 'workflow'
  | 'ci-secret'
  | 'leak'
  | 'document'
  | 'channel'
  | 'delegation'
  | 'collaboration'
  | 'key'
  | 'invite'
  | 'api-client'
  | 'binding'
  | 'secret'
  | 'service-account'
  | 'key-holder'

export const oldKeyMs = 365 * dayMs
export const neverUsedMs = 30 * dayMs
export const unusedMs = 90 * dayMs
export const staleInviteMs = 30 * dayMs
export const dormantMs = 180 * dayMs

/** Never used and no longer new, or not for long. */
export const isUnused = (createdMs: number, lastUsedMs: number | null, nowMs: number): boolean =>
  lastUsedMs === null ? nowMs - createdMs > neverUsedMs : nowMs - lastUsedMs > unusedMs
export const isOld = (createdMs: number, nowMs: number): boolean => nowMs - createdMs > oldKeyMs
