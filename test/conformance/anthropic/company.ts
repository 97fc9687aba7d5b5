import { anthropicConfig, type AnthropicConfig } from '#connectors/anthropic'

import {
  makeAdminKey,
  makeFile,
  makeKey,
  makeMember,
  makeUser,
  makeWorkspace,
} from '../../../lab/twins/anthropic/organization.ts'
import type { User } from '../../../lab/twins/anthropic/state.ts'
import { startAnthropicTwin } from '../../../lab/twins/anthropic/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'

export const startMs = Date.UTC(2026, 2, 24, 12)
export const home = '198.51.100.7'
export type Company = Awaited<ReturnType<typeof foundCompany>>

/** A small company at Anthropic: three people, two workspaces with keys and a file, and the two admin keys Cordon uses. */
export async function foundCompany(over: Partial<AnthropicConfig> = {}) {
  const clock = new TwinClock(startMs - 40 * 86_400_000)
  const twin = await startAnthropicTwin({ clock })
  const { org } = twin
  const person = (name: string, role: User['role']): User =>
    makeUser(org, name, `${name.toLowerCase()}@brightwater.example`, role)
  const [root, ada, grace] = [person('Root', 'admin'), person('Ada', 'admin'), person('Grace', 'developer')]
  const [main, labels] = [makeWorkspace(org, 'Main'), makeWorkspace(org, 'Labels')]
  makeMember(org, labels.id, grace.id, 'workspace_developer')
  const robotKey = makeKey(org, 'robot', { workspace: labels.id, by: ada.id })
  const graceKey = makeKey(org, 'notebook', { workspace: labels.id, by: grace.id })
  const ownKey = makeKey(org, 'cordon', { workspace: labels.id, by: root.id })
  const file = makeFile(org, labels.id, 'interviews.csv')
  const [looks, acts] = [makeAdminKey(org, 'cordon-see'), makeAdminKey(org, 'cordon-contain')]
  clock.pass(40 * 86_400_000)
  const config = anthropicConfig.parse({
    ownKeys: [looks.id, acts.id, ownKey.row.id],
    acts: true,
    activityFeed: true,
    dataWorkspaces: [labels.id],
    apiUrl: twin.url,
    ...over,
  })
  const secrets = {
    see: { adminKey: looks.value, workspaceKeys: `${labels.id}=${ownKey.value}\n` },
    contain: { adminKey: acts.value },
  }
  return { twin, clock, config, secrets, root, ada, grace, main, labels, robotKey, graceKey, ownKey, file, looks, acts }
}
