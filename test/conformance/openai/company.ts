import { openaiConfig, type OpenaiConfig } from '#connectors/openai'

import { TwinClock } from '../../../lab/twins/kit/clock.ts'
import { store } from '../../../lab/twins/openai/data.ts'
import { makeUser, ownerRole } from '../../../lab/twins/openai/organization.ts'
import { makeAccount, makeAdminKey, makeKey, makeMember, makeProject } from '../../../lab/twins/openai/projects.ts'
import type { Row } from '../../../lab/twins/openai/state.ts'
import { startOpenaiTwin } from '../../../lab/twins/openai/twin.ts'

export const startMs = Date.UTC(2026, 2, 24, 12)
export const home = '198.51.100.7'
export type Company = Awaited<ReturnType<typeof foundCompany>>

/** A small company at OpenAI: three people, two projects, an account with keys, and the two admin keys Cordon uses. */
export async function foundCompany(over: Partial<OpenaiConfig> = {}) {
  const clock = new TwinClock(startMs - 40 * 86_400_000)
  const twin = await startOpenaiTwin({ clock })
  const { org, state } = twin
  const person = (name: string, role: 'owner' | 'reader'): Row =>
    makeUser(org, name, `${name.toLowerCase()}@brightwater.example`, role)
  const [root, ada, grace] = [person('Root', 'owner'), person('Ada', 'owner'), person('Grace', 'reader')]
  const [main, labels] = [makeProject(org, 'Default'), makeProject(org, 'Labels')]
  state.defaultProject = main.id
  makeMember(org, main.id, ada, 'owner')
  makeMember(org, labels.id, ada, 'member')
  makeMember(org, labels.id, grace, 'member')
  const robot = makeAccount(org, labels.id, 'Robot')
  const robotKey = makeKey(org, labels.id, { account: robot.id }, 'robot')
  const graceKey = makeKey(org, labels.id, { user: grace.id }, 'notebook')
  const cordonReads = makeKey(org, labels.id, { account: makeAccount(org, labels.id, 'Cordon').id }, 'cordon')
  const group: Row = { id: 'group_ops', name: 'Ops', created_at: 1, is_scim_managed: false, group_type: 'group' }
  state.groups.set(group.id, { row: group, users: new Set([grace.id]) })
  state.assigned.push({
    scope: state.organization,
    principal: group.id,
    role: { ...ownerRole(state), id: 'role-custom', name: 'Ops', predefined_role: false },
  })
  for (const kind of ['files', 'vectorStores', 'assistants', 'jobs'] as const)
    store(org, labels.id, kind, `interviews-${kind}`)
  const looks = makeAdminKey(org, root.id, 'cordon-see', 'read')
  const acts = makeAdminKey(org, root.id, 'cordon-contain')
  clock.pass(40 * 86_400_000)
  const config = openaiConfig.parse({
    organization: state.organization,
    ownKeys: [looks.row.id, acts.row.id],
    acts: true,
    dataProjects: [labels.id],
    apiUrl: `${twin.url}/v1`,
    ...over,
  })
  const secrets = {
    see: { adminKey: looks.value, projectKeys: `${labels.id}=${cordonReads.value}\n` },
    contain: { adminKey: acts.value },
  }
  return { twin, clock, config, secrets, root, ada, grace, main, labels, robot, robotKey, graceKey, looks, acts, group }
}
