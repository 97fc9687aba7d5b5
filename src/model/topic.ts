/**
 * What a stream tells beside who may do what, in words of posture, each as it is read after "no source tells". A check says
 * nothing of what no source tells: it is blind there, and says so.
 */
export const topics = {
  keys: 'which keys and tokens there are, and how old they are',
  'key-use': 'when keys and tokens were last used',
  grants: 'which apps people let in, and into what',
  'grant-use': 'when apps last used what they were let into',
  administrators: 'who administers',
  factors: 'by which factors people sign in',
  'sign-in-times': 'when accounts last signed in',
  'sign-ins': 'when accounts sign in, each time',
  'sign-in-places': 'from where people sign in, each time',
  collaborators: 'who from outside works in repositories',
  'shared-channels': 'which channels are shared with others',
  delegations: 'which clients may act as anybody',
  links: 'which files open to whoever has the link',
  invites: 'who was invited',
  'deploy-keys': 'which keys open repositories',
  'ci-secrets': 'which secrets jobs can read',
  workflows: 'what workflows run, and for whom',
  leaks: 'which secrets lie in repositories',
  'keys-on-hosts': 'which keys lie on which hosts',
  'host-users': 'who uses which host',
  'app-owners': 'who owns apps',
  publishers: 'whose the apps are, and whether anybody verified that',
  'program-rights': 'what programs may do',
  conditions: 'on which network or device rights depend',
  'sign-in-rules': 'what sign-in asks for, and of whom',
  trusts: 'who from outside may take a role on',
  'model-keys': 'what keys to models are bounded to',
  'cluster-rights': 'who may do what in clusters',
  'stored-tokens': 'which tokens lie in secrets of clusters',
  people: 'who works here, and until when',
} as const
export type Topic = keyof typeof topics
