import { huggingfaceConfig, type HuggingfaceConfig } from '#connectors/huggingface'

import { startHuggingfaceTwin } from '../../../lab/twins/huggingface/twin.ts'
import { TwinClock } from '../../../lab/twins/kit/clock.ts'

export const startMs = Date.UTC(2026, 2, 24, 12)
const dayMs = 86_400_000
export type Company = Awaited<ReturnType<typeof foundCompany>>

const reads = ['org.read', 'org.members.read', 'repo.content.read', 'org.auditLog.write', 'org.write']
const accounts = ['org.serviceAccounts.read', 'org.serviceAccounts.write']

/** A small company at the Hub: four members, a group, a model, datasets, a Space, a service account, and the user Cordon is. */
export async function foundCompany(over: Partial<HuggingfaceConfig> = {}) {
  const clock = new TwinClock(startMs - 40 * dayMs)
  const twin = await startHuggingfaceTwin({ clock })
  const { console: hub } = twin
  const root = hub.makeUser('root', 'admin')
  const ada = hub.makeUser('ada', 'admin', false)
  const grace = hub.makeUser('grace', 'write')
  const linus = hub.makeUser('linus', 'read')
  const robot = hub.makeUser('cordon', 'admin')
  const medical = hub.makeGroup('medical', [
    [grace, 'write'],
    [linus, 'read'],
  ])
  const model = hub.makeRepo('models', 'annotator', { isPrivate: false })
  const interviews = hub.makeRepo('datasets', 'interviews')
  const scans = hub.makeRepo('datasets', 'scans', { group: medical.id })
  const demo = hub.makeRepo('spaces', 'demo', { isPrivate: false })
  demo.secrets.set('OPENAI_API_KEY', { value: 'EXAMPLE-upstream', atMs: clock.nowMs() })
  hub.push(model, grace, 'first weights')
  hub.push(interviews, grace, 'first interviews')
  const deploy = hub.makeAccount('deploy-bot')
  const deployToken = hub.makeAccountToken(deploy, ['repo.write', 'org.read'])
  const graceToken = hub.makeToken(grace, 'write')
  const linusToken = hub.makeToken(linus, 'read')
  const looks = hub.makeToken(robot, 'fineGrained', [...reads, ...accounts, 'repo.write'])
  const acts = hub.makeToken(robot, 'fineGrained', [...reads, ...accounts, 'org.members.write', 'repo.write'])
  clock.pass(40 * dayMs)
  const config = huggingfaceConfig.parse({
    organization: twin.state.organization.name,
    plan: 'enterprise-plus',
    ownUsers: [robot.id],
    acts: true,
    spaceSecrets: true,
    apiUrl: twin.url,
    ...over,
  })
  const secrets = { see: { token: looks.value }, contain: { token: acts.value } }
  const things = { medical, model, interviews, scans, demo, deploy, deployToken, graceToken, linusToken, looks, acts }
  return { twin, hub, clock, config, secrets, root, ada, grace, linus, robot, ...things }
}
